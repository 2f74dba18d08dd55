import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/**
 * Answers an operation with an error if it takes longer than `timeoutMs`. A write continues all the same; repeating it with
 * its idempotency key returns its result.
 */
export function useDeadline(timeoutMs: number): Plugin {
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn((args) => {
        const result = executeFn(args);
        return result instanceof Promise ? withTimeout(result, timeoutMs) : result;
      });
    },
  };
}

async function withTimeout<Result>(result: Promise<Result>, timeoutMs: number) {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<{ errors: GraphQLError[] }>((resolve) => {
    timer = setTimeout(() => resolve({ errors: [deadlineExceeded()] }), timeoutMs);
  });
  try {
    return await Promise.race([result, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function deadlineExceeded(): GraphQLError {
  return new GraphQLError('The operation takes too long; a write under an idempotency key can be repeated', {
    extensions: { code: 'DEADLINE_EXCEEDED', http: { status: 504 } },
  });
}
