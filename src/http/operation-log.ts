import { randomUUID } from 'node:crypto';
import { type GraphQLError, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { RequestContext } from '../graphql/context.ts';

/** What is known of an operation once it has been answered. Never its variables: codes and customers are in there. */
export interface AnsweredOperation {
  requestId: string;
  caller: string;
  /** Its name; null: it has none. */
  operation: string | null;
  type: 'query' | 'mutation' | 'subscription';
  /** What came of its writes and quotes (REDEEMED, EXHAUSTED, …), the codes of its errors, or OK. */
  outcome: string;
  milliseconds: number;
}

const HEADER = 'x-request-id';
/** As routers and proxies write them; anything else could be made to look like a line of ours. */
const REQUEST_ID = /^[\w.:-]{1,100}$/;
const LONGEST_NAME = 100;

/** Tells of each operation when it has been answered, and names the request in the answer, by the caller's own id for it. */
export function useOperationLog(tell: (operation: AnsweredOperation) => void): Plugin<RequestContext> {
  const ids = new WeakMap<Request, string>();
  const idOf = (request: Request): string => {
    const known = ids.get(request);
    if (known) return known;
    const given = request.headers.get(HEADER);
    const id = given !== null && REQUEST_ID.test(given) ? given : randomUUID();
    ids.set(request, id);
    return id;
  };
  return {
    onExecute({ args }) {
      const begun = performance.now();
      const { document, operationName, contextValue } = args;
      return {
        onExecuteDone({ result }) {
          const errors = 'errors' in result ? (result.errors ?? []) : [];
          const ast = getOperationAST(document, operationName);
          tell({
            requestId: idOf(contextValue.request),
            caller: contextValue.caller,
            operation: ast?.name?.value.slice(0, LONGEST_NAME) ?? null,
            type: ast?.operation ?? 'query',
            outcome: outcomeOf(errors, contextValue.outcomes),
            milliseconds: Math.round((performance.now() - begun) * 100) / 100,
          });
        },
      };
    },
    onResponse({ request, response }) {
      response.headers.set(HEADER, idOf(request));
    },
  };
}

function outcomeOf(errors: readonly GraphQLError[], outcomes: readonly string[]): string {
  const codes = errors.map(({ extensions }) => String(extensions.code ?? 'ERROR'));
  return [...new Set([...codes, ...outcomes])].join(' ') || 'OK';
}
