import type { IncomingMessage } from 'node:http';
import { OPERATOR_SCOPES, requireScope } from '../../auth/access-rules.ts';
import type { Authentication } from '../../auth/authentication.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { plainError } from '../responses/plain-error.ts';
import type { PlainResponse, Responder } from '../responses/responder.ts';
import type { Route } from './route-table.ts';

/** `GET /metrics`: the metrics for Prometheus. */
export function metricsRoute(metrics: Metrics, authentication: Authentication, responder: Responder): Route {
  const respond = async ({ headers }: IncomingMessage): Promise<PlainResponse> => {
    try {
      const caller = await authentication.identify(headers.authorization);
      requireScope(caller, OPERATOR_SCOPES, 'GET /metrics');
    } catch (error) {
      return plainError(error);
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
