import { randomUUID } from 'node:crypto';
import { type GraphQLError, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { RequestContext } from '../graphql/context.ts';
import type { ProviderCall, ProviderCalls } from './provider-calls.ts';
import type { RequestFacts } from './request-facts.ts';

/** What is known of an operation once it has been answered. Never its variables: codes and customers are in there. */
export interface AnsweredOperation {
  requestId: string;
  /** Null: nobody that is known, or the request was turned away before that was asked. */
  caller: string | null;
  /** Its name; null: it has none. */
  operation: string | null;
  /** Null: the request was refused before its operation was understood. */
  type: 'query' | 'mutation' | 'subscription' | null;
  /** What came of its writes and quotes (TAKEN, EXHAUSTED, …) and the codes of its errors; OK: nothing to tell. */
  outcomes: string[];
  milliseconds: number;
  /** How many calls were made to providers, and the first of them. */
  providerCalls: number;
  calls: ProviderCall[];
}

const HEADER = 'x-request-id';
/** As routers and proxies write them; anything else could be made to look like a line of ours. */
const REQUEST_ID = /^[\w.:-]{1,100}$/;
const LONGEST_NAME = 100;
const MOST_CALLS = 20;

/** Tells of each operation when it has been answered, and names the request in the answer, by the caller's own id for it. */
export function useOperationLog(
  providerCalls: ProviderCalls,
  tell: (operation: AnsweredOperation) => void,
): Plugin<RequestContext, RequestFacts> {
  const answered = ({ args, begun, outcomes, calls }: Answered) => {
    const logged = args.contextValue.logged ?? beginning(args.contextValue.request);
    logged.isTold = true;
    const ast = getOperationAST(args.document, args.operationName);
    tell({
      requestId: logged.id,
      caller: args.contextValue.caller,
      operation: ast?.name?.value.slice(0, LONGEST_NAME) ?? null,
      type: ast?.operation ?? 'query',
      outcomes,
      milliseconds: since(begun),
      providerCalls: calls.length,
      calls: calls.slice(0, MOST_CALLS),
    });
  };
  return {
    onRequest({ request, serverContext }) {
      serverContext.logged = beginning(request);
    },
    onExecute({ args, executeFn, setExecuteFn }) {
      const begun = performance.now();
      const calls: ProviderCall[] = [];
      setExecuteFn((given) => providerCalls.gather(calls, () => executeFn(given)));
      return {
        onExecuteDone({ result }) {
          const errors = 'errors' in result ? (result.errors ?? []) : [];
          answered({ args, begun, calls, outcomes: outcomesOf(errors, args.contextValue.outcomes) });
        },
      };
    },
    onSubscribe({ args }) {
      const begun = performance.now();
      return {
        onSubscribeResult({ result }) {
          const outcomes = 'errors' in result ? outcomesOf(result.errors ?? [], []) : ['SUBSCRIBED'];
          answered({ args, begun, calls: [], outcomes });
        },
      };
    },
    onResponse({ request, response, serverContext }) {
      const { id, begun, isTold } = serverContext.logged ?? beginning(request);
      response.headers.set(HEADER, id);
      if (isTold || response.status < 400 || !request.url.includes('/graphql')) return;
      const caller = serverContext.sender?.name ?? null;
      const nothing = { caller, operation: null, type: null, providerCalls: 0, calls: [] };
      tell({ ...nothing, requestId: id, outcomes: [`HTTP_${response.status}`], milliseconds: since(begun) });
    },
  };
}

interface Answered {
  args: {
    document: Parameters<typeof getOperationAST>[0];
    operationName?: string | null | undefined;
    contextValue: RequestContext & Partial<RequestFacts> & { request: Request };
  };
  begun: number;
  outcomes: string[];
  calls: ProviderCall[];
}

function beginning(request: Request) {
  return { id: idOf(request), begun: performance.now(), isTold: false };
}

function idOf(request: Request): string {
  const given = request.headers.get(HEADER);
  return given !== null && REQUEST_ID.test(given) ? given : randomUUID();
}

function since(begun: number): number {
  return Math.round((performance.now() - begun) * 100) / 100;
}

function outcomesOf(errors: readonly GraphQLError[], outcomes: readonly string[]): string[] {
  const codes = errors.map(({ extensions }) => String(extensions.code ?? 'ERROR'));
  const all = [...new Set([...codes, ...outcomes])];
  return all.length > 0 ? all : ['OK'];
}
