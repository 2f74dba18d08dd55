import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/**
 * Responder for operations that take longer than `milliseconds` that they do. A write goes on all the same: its idempotency
 * key tells what became of it.
 */
export function useDeadline(milliseconds: number): Plugin {
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn((args) => {
        const result = executeFn(args);
        return result instanceof Promise ? within(milliseconds, result) : result;
      });
    },
  };
}

async function within<Result>(milliseconds: number, result: Promise<Result>) {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<{ errors: GraphQLError[] }>((resolve) => {
    timer = setTimeout(() => resolve({ errors: [tooLate()] }), milliseconds);
  });
  try {
    return await Promise.race([result, late]);
  } finally {
    clearTimeout(timer);
  }
}

function tooLate(): GraphQLError {
  return new GraphQLError('The operation takes too long; a write under an idempotency key can be repeated', {
    extensions: { code: 'DEADLINE_EXCEEDED', http: { status: 504 } },
  });
}
