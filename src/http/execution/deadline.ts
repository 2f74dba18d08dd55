import type { ServerResponse } from 'node:http';
import { GraphQLError } from 'graphql';
import { Cancellation, cancelledBy } from '../../domain/provider/cancellation.ts';

interface Deadline {
  timeoutMs: number;
  /** Its connection is the client's. */
  res: ServerResponse;
  /** Whether the provider reads of the work are cancelled when nobody waits for them any more. */
  isCancellable: boolean;
}

/**
 * Answers with an error if `work` takes longer than `timeoutMs`. The provider reads of a query are cancelled then, and also
 * when the client disconnects. A mutation continues with everything it reads; repeating it with its idempotency key returns
 * its result.
 */
export function withDeadline<Result>(
  work: () => Result | Promise<Result>,
  { timeoutMs, res, isCancellable }: Deadline,
): Result | Promise<Result | { errors: GraphQLError[] }> {
  const cancellation = new Cancellation();
  const result = isCancellable ? cancelledBy(cancellation, work) : work();
  if (!(result instanceof Promise)) return result;
  // One promise, because every operation comes through here. Promise.race in an async function makes five.
  return new Promise((resolve, reject) => {
    const cancel = () => cancellation.cancel();
    const stopWaiting = () => {
      clearTimeout(timer);
      res.off('close', cancel);
    };
    const timer = setTimeout(() => {
      stopWaiting();
      resolve({ errors: [deadlineExceeded()] });
      cancel();
    }, timeoutMs);
    res.on('close', cancel);
    result.then(
      (value) => {
        stopWaiting();
        resolve(value);
      },
      (error: unknown) => {
        stopWaiting();
        reject(error);
      },
    );
  });
}

function deadlineExceeded(): GraphQLError {
  return new GraphQLError('The operation takes too long; a write under an idempotency key can be repeated', {
    extensions: { code: 'DEADLINE_EXCEEDED', http: { status: 504 } },
  });
}
