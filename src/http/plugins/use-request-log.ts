import type { Plugin } from 'graphql-yoga';
import type { RequestContext } from '../../graphql/context.ts';
import type { RequestLog } from '../../telemetry/request-log.ts';
import { codeOf } from '../execution/error-codes.ts';
import { millisecondsSince, newLogState } from '../execution/operation-log.ts';
import type { RequestFacts } from '../request-facts.ts';
import { REQUEST_ID_HEADER } from '../responses/request-id.ts';

/** Logs each request that was answered without an operation. Sets X-Request-Id on every response. */
export function useRequestLog({ logRequest }: RequestLog): Plugin<RequestContext, RequestFacts> {
  return {
    onRequest({ request, serverContext }) {
      serverContext.log = newLogState(request);
    },
    onResultProcess({ result, serverContext: { log } }) {
      if (!log || log.isLogged || !('errors' in result)) return;
      log.codes = [...new Set(result.errors?.map(codeOf))];
    },
    onResponse({ request, response, serverContext }) {
      const { requestId, startedAt, isLogged, codes } = serverContext.log ?? newLogState(request);
      response.headers.set(REQUEST_ID_HEADER, requestId);
      // A request that arrives too slowly has already been answered with 408.
      if (isLogged || serverContext.res.headersSent) return;
      const caller = serverContext.sender?.caller.name ?? null;
      logRequest({ requestId, caller, status: response.status, codes, milliseconds: millisecondsSince(startedAt) });
    },
  };
}
