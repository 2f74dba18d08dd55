import type { ServerResponse } from 'node:http';
import { GraphQLError, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { cancelledBy } from '../../domain/provider/cancellation.ts';
import type { RequestFacts } from '../request-facts.ts';

/**
 * Answers an operation with an error if it takes longer than `timeoutMs`. The provider reads of a query are cancelled then,
 * and also when the client disconnects. A mutation continues with everything it reads; repeating it with its idempotency
 * key returns its result.
 */
export function useDeadline(timeoutMs: number): Plugin<RequestFacts> {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      const isQuery = getOperationAST(args.document, args.operationName)?.operation === 'query';
      const { res } = args.contextValue;
      setExecuteFn((executionArgs) => {
        const cancellation = new AbortController();
        const result = isQuery
          ? cancelledBy(cancellation.signal, () => executeFn(executionArgs))
          : executeFn(executionArgs);
        return result instanceof Promise ? withTimeout(result, { timeoutMs, res, cancellation }) : result;
      });
    },
  };
}

async function withTimeout<Result>(
  result: Promise<Result>,
  { timeoutMs, res, cancellation }: { timeoutMs: number; res: ServerResponse; cancellation: AbortController },
) {
  const cancel = () => cancellation.abort();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<{ errors: GraphQLError[] }>((resolve) => {
    timer = setTimeout(() => {
      resolve({ errors: [deadlineExceeded()] });
      cancel();
    }, timeoutMs);
  });
  res.once('close', cancel);
  try {
    return await Promise.race([result, timeout]);
  } finally {
    clearTimeout(timer);
    res.off('close', cancel);
  }
}

function deadlineExceeded(): GraphQLError {
  return new GraphQLError('The operation takes too long; a write under an idempotency key can be repeated', {
    extensions: { code: 'DEADLINE_EXCEEDED', http: { status: 504 } },
  });
}
