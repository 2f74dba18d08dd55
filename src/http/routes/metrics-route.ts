import type { IncomingMessage } from 'node:http';
import { GraphQLError } from 'graphql';
import { z } from 'zod';
import { forbidden } from '../../auth/access-rules.ts';
import type { Authentication } from '../../auth/authentication.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { type PlainResponse, type Responder, refusal } from '../responses/responder.ts';
import type { Route } from './route-table.ts';

const extensions = z.object({
  code: z.string(),
  http: z.object({ status: z.number(), headers: z.record(z.string(), z.string()) }),
});

/** `GET /metrics`, for callers with the scope `operate`. */
export function metricsRoute(metrics: Metrics, authentication: Authentication, answers: Responder): Route {
  const answer = async ({ headers }: IncomingMessage): Promise<PlainResponse> => {
    try {
      const { scopes } = await authentication.identify(headers.authorization);
      if (!scopes.has('operate')) throw forbidden('GET /metrics', ['operate']);
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      const { code, http } = extensions.parse(error.extensions);
      return refusal(http.status, code, error.message, http.headers);
    }
    const { body, contentType } = await metrics.text();
    return { status: 200, body, headers: { 'content-type': contentType }, isRoutine: true };
  };
  return {
    methods: ['GET', 'HEAD'],
    handle: async (request, response) => {
      answers.send(request, response, await answer(request));
    },
  };
}
