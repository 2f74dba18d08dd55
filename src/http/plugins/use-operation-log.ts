import { type GraphQLError, getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { RequestContext } from '../../graphql/context.ts';
import type { ProviderCall, ProviderCalls } from '../../telemetry/provider-calls.ts';
import type { AnswerLog } from '../../telemetry/request-log.ts';
import type { RequestFacts } from '../request-facts.ts';
import { REQUEST_ID_HEADER, requestIdOf } from '../responses/request-id.ts';

const LONGEST_NAME = 100;
const MOST_CALLS = 20;

/**
 * Reports each operation when it has been answered, and each request that was answered without one; names the request in
 * the answer, by the caller's own id for it.
 */
export function useOperationLog(
  providerCalls: ProviderCalls,
  { logOperation, logRequest }: AnswerLog,
): Plugin<RequestContext, RequestFacts> {
  const answered = ({ args, begun, outcomes, calls }: Answered) => {
    const logged = args.contextValue.logged ?? beginning(args.contextValue.request);
    logged.isTold = true;
    const ast = getOperationAST(args.document, args.operationName);
    logOperation({
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
      response.headers.set(REQUEST_ID_HEADER, id);
      // A request that takes too long has been answered meanwhile.
      if (isTold || serverContext.res.headersSent) return;
      const caller = serverContext.sender?.name ?? null;
      logRequest({ requestId: id, caller, status: response.status, milliseconds: since(begun) });
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
  return { id: requestIdOf(request.headers.get(REQUEST_ID_HEADER)), begun: performance.now(), isTold: false };
}

function since(begun: number): number {
  return Math.round((performance.now() - begun) * 100) / 100;
}

function outcomesOf(errors: readonly GraphQLError[], outcomes: readonly string[]): string[] {
  const codes = errors.map(({ extensions }) => String(extensions.code ?? 'ERROR'));
  const all = [...new Set([...codes, ...outcomes])];
  return all.length > 0 ? all : ['OK'];
}
