import { type GraphQLError, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { RequestContext } from '../../graphql/context.ts';
import type { ProviderCall, ProviderCalls } from '../../telemetry/provider-calls.ts';
import type { RequestLog } from '../../telemetry/request-log.ts';
import type { RequestFacts, RequestLogState } from '../request-facts.ts';
import { REQUEST_ID_HEADER, requestIdOf } from '../responses/request-id.ts';

const MAX_NAME_LENGTH = 100;
const MAX_CALLS = 20;

interface Answered {
  args: {
    document: Parameters<typeof getOperationAST>[0];
    operationName?: string | null | undefined;
    contextValue: RequestContext & Partial<RequestFacts> & { request: Request };
  };
  startedAt: number;
  outcomes: string[];
  calls: ProviderCall[];
}

/** Logs each answered operation, and each request that was answered without one. Sets X-Request-Id on the response. */
export function useOperationLog(
  providerCalls: ProviderCalls,
  { logOperation, logRequest }: RequestLog,
): Plugin<RequestContext, RequestFacts> {
  const logAnswered = ({ args, startedAt, outcomes, calls }: Answered) => {
    const state = args.contextValue.log ?? newLogState(args.contextValue.request);
    state.isLogged = true;
    const operation = getOperationAST(args.document, args.operationName);
    logOperation({
      requestId: state.requestId,
      caller: args.contextValue.caller,
      operation: operation?.name?.value.slice(0, MAX_NAME_LENGTH) ?? null,
      type: operation?.operation ?? 'query',
      outcomes,
      milliseconds: millisecondsSince(startedAt),
      providerCalls: calls.length,
      calls: calls.slice(0, MAX_CALLS),
    });
  };
  return {
    onRequest({ request, serverContext }) {
      serverContext.log = newLogState(request);
    },
    onExecute({ args, executeFn, setExecuteFn }) {
      const startedAt = performance.now();
      const calls: ProviderCall[] = [];
      setExecuteFn((executionArgs) => providerCalls.gather(calls, () => executeFn(executionArgs)));
      return {
        onExecuteDone({ result }) {
          const errors = 'errors' in result ? (result.errors ?? []) : [];
          logAnswered({ args, startedAt, calls, outcomes: outcomesOf(errors, args.contextValue.outcomes) });
        },
      };
    },
    onSubscribe({ args }) {
      const startedAt = performance.now();
      return {
        onSubscribeResult({ result }) {
          const outcomes = 'errors' in result ? outcomesOf(result.errors ?? [], []) : ['SUBSCRIBED'];
          logAnswered({ args, startedAt, calls: [], outcomes });
        },
      };
    },
    onResponse({ request, response, serverContext }) {
      const { requestId, startedAt, isLogged } = serverContext.log ?? newLogState(request);
      response.headers.set(REQUEST_ID_HEADER, requestId);
      // A request that arrives too slowly has already been answered with 408.
      if (isLogged || serverContext.res.headersSent) return;
      const caller = serverContext.sender?.caller.name ?? null;
      logRequest({ requestId, caller, status: response.status, milliseconds: millisecondsSince(startedAt) });
    },
  };
}

function newLogState(request: Request): RequestLogState {
  const requestId = requestIdOf(request.headers.get(REQUEST_ID_HEADER));
  return { requestId, startedAt: performance.now(), isLogged: false };
}

function millisecondsSince(startedAt: number): number {
  return Math.round((performance.now() - startedAt) * 100) / 100;
}

function outcomesOf(errors: readonly GraphQLError[], outcomes: readonly string[]): string[] {
  const codes = errors.map(({ extensions }) => String(extensions.code ?? 'ERROR'));
  const all = [...new Set([...codes, ...outcomes])];
  return all.length > 0 ? all : ['OK'];
}
