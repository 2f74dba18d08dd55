import type { IncomingMessage } from 'node:http';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { sendNodeResponse } from '@whatwg-node/server';
import type { GraphiQLOptions, YogaServerInstance } from 'graphql-yoga';
import type { RequestContext } from '../../graphql/context.ts';
import type { RequestFacts } from '../request-facts.ts';
import type { PlainResponse, Responder } from '../responses/responder.ts';
import type { Route } from './route-table.ts';

/**
 * GraphQL, and GraphiQL for browsers. Yoga's own listener would answer an unexpected error with its stack.
 * @param page null: there is no GraphiQL
 */
export function graphqlRoute(
  yoga: YogaServerInstance<RequestFacts, RequestContext>,
  answers: Responder,
  page: PlainResponse | null,
): Route {
  return {
    methods: ['GET', 'POST', 'OPTIONS'],
    handle: async (req, res) => {
      if (page && wantsPage(req)) {
        answers.send(req, res, page);
        return;
      }
      const facts: RequestFacts = { req, res };
      const answer = await yoga.handleNodeRequestAndResponse(req, res, facts);
      if (facts.events) facts.events.begin(answer);
      else await sendNodeResponse(answer, res, req, true);
    },
  };
}

/**
 * GraphiQL, rendered once: the page has megabytes, anybody may request it, and Yoga would render it for each request. As
 * one buffer it takes its memory once, however many connections send it.
 */
export function graphiqlPage(options: GraphiQLOptions): PlainResponse {
  const body = Buffer.from(renderGraphiQL(options));
  return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body };
}

function wantsPage({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true;
}
