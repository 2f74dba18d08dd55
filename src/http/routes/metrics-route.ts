import type { IncomingMessage } from 'node:http';
import { GraphQLError } from 'graphql';
import { z } from 'zod';
import { METRICS_SCOPES, requireScope } from '../../auth/access-rules.ts';
import type { Authentication } from '../../auth/authentication.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { errorResponse, type PlainResponse, type Responder } from '../responses/responder.ts';
import type { Route } from './route-table.ts';

const extensions = z.object({
  code: z.string(),
  http: z.object({ status: z.number(), headers: z.record(z.string(), z.string()) }),
});

/** `GET /metrics`: the metrics for Prometheus. */
export function metricsRoute(metrics: Metrics, authentication: Authentication, responder: Responder): Route {
  const respond = async ({ headers }: IncomingMessage): Promise<PlainResponse> => {
    try {
      const caller = await authentication.identify(headers.authorization);
      requireScope(caller, METRICS_SCOPES, 'GET /metrics');
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      const { code, http } = extensions.parse(error.extensions);
      return errorResponse(http.status, code, error.message, http.headers);
    }
    const { body, contentType } = await metrics.text();
    return { status: 200, body, headers: { 'content-type': contentType }, isRoutine: true };
  };
  return {
    methods: ['GET', 'HEAD'],
    handle: async (request, response) => {
      responder.send(request, response, await respond(request));
    },
  };
}
