import type { IncomingMessage } from 'node:http';
import { sendNodeResponse } from '@whatwg-node/server';
import type { YogaServerInstance } from 'graphql-yoga';
import type { RequestContext } from '../../graphql/context.ts';
import { inSpan, isTracing } from '../../telemetry/span.ts';
import type { RequestFacts } from '../request-facts.ts';
import type { Responder } from '../responses/responder.ts';
import type { StaticBody } from '../responses/static-body.ts';
import type { Route } from './route-table.ts';

export const GRAPHQL_PATH = '/graphql';

/**
 * Answers GraphQL operations, and shows GraphiQL to browsers. It does not use Yoga's own listener, which would answer an
 * unexpected error with its stack.
 * @param loadPage loads GraphiQL; null if it is switched off
 */
export function graphqlRoute(
  yoga: YogaServerInstance<RequestFacts, RequestContext>,
  responder: Responder,
  loadPage: (() => Promise<StaticBody>) | null,
): Route {
  return {
    methods: ['GET', 'POST', 'OPTIONS'],
    handle: async (req, res) => {
      if (loadPage && wantsPage(req)) {
        const page = await loadPage();
        responder.send(req, res, await page.responseTo(req.headers));
        return;
      }
      const facts: RequestFacts = { req, res };
      const response = await inRequestSpan(req, () => yoga.handleNodeRequestAndResponse(req, res, facts));
      if (facts.eventStream) facts.eventStream.begin(response);
      else await sendNodeResponse(response, res, req, true);
    },
  };
}

function wantsPage({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true;
}

/** Runs a request in a span that continues the trace of its sender. */
function inRequestSpan(
  { method, headers }: IncomingMessage,
  respond: () => Promise<Response> | Response,
): Promise<Response> | Response {
  if (!isTracing()) return respond();
  const attributes = { 'http.request.method': method, 'http.route': GRAPHQL_PATH };
  return inSpan(`${method} ${GRAPHQL_PATH}`, { kind: 'SERVER', attributes, incomingHeaders: headers }, async (span) => {
    const response = await respond();
    span?.setAttribute('http.response.status_code', response.status);
    return response;
  });
}
