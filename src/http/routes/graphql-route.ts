import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendNodeResponse } from '@whatwg-node/server';
import type { YogaServerInstance } from 'graphql-yoga';
import type { RequestContext } from '../../graphql/context.ts';
import { inSpan, isTracing } from '../../telemetry/span.ts';
import type { AnswerCache } from '../answers/answer-cache.ts';
import type { KnownAnswers } from '../answers/known-answers.ts';
import { isRepeatable, sendAndRemember } from '../answers/remember-answer.ts';
import { newRequestFacts, type RequestFacts, releaseBody } from '../request-facts.ts';
import type { Responder } from '../responses/responder.ts';
import type { StaticBody } from '../responses/static-body.ts';
import type { Route } from './route-table.ts';

export const GRAPHQL_PATH = '/graphql';

/** The answers that are known, and where new ones are stored. */
export interface AnswerMemory {
  cache: AnswerCache;
  known: KnownAnswers;
}

/**
 * Answers GraphQL operations, and shows GraphiQL to browsers. It does not use Yoga's own listener, which would answer an
 * unexpected error with its stack.
 * @param loadPage loads GraphiQL; null if it is switched off
 * @param answers what is known already; null: every operation is executed
 */
export function graphqlRoute(
  yoga: YogaServerInstance<RequestFacts, RequestContext>,
  responder: Responder,
  { loadPage, answers }: { loadPage: (() => Promise<StaticBody>) | null; answers: AnswerMemory | null },
): Route {
  return {
    methods: ['GET', 'POST', 'OPTIONS'],
    handle: async (req, res) => {
      if (loadPage && wantsPage(req)) {
        const page = await loadPage();
        responder.send(req, res, await page.responseTo(req.headers));
        return;
      }
      await inRequestSpan(req, res, async () => {
        const facts = newRequestFacts(req, res);
        try {
          if (await answers?.known.answer(facts)) return;
          const response = await yoga.handleNodeRequestAndResponse(req, res, facts);
          if (facts.eventStream) facts.eventStream.begin(response);
          else if (answers && facts.asked && isRepeatable(facts.asked, response)) {
            await sendAndRemember(answers.cache, facts.asked, response, res);
          } else await sendNodeResponse(response, res, req, true);
        } finally {
          releaseBody(facts);
        }
      });
    },
  };
}

function wantsPage({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.accept?.includes('text/html') === true;
}

/** Runs a request in a span that continues the trace of its sender. */
function inRequestSpan(
  { method, headers }: IncomingMessage,
  response: ServerResponse,
  respond: () => Promise<void>,
): Promise<void> {
  if (!isTracing()) return respond();
  const attributes = { 'http.request.method': method, 'http.route': GRAPHQL_PATH };
  return inSpan(`${method} ${GRAPHQL_PATH}`, { kind: 'SERVER', attributes, incomingHeaders: headers }, async (span) => {
    await respond();
    span?.setAttribute('http.response.status_code', response.statusCode);
  });
}
