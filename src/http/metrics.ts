import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { Counter, Registry } from 'prom-client';
import { z } from 'zod';
import { forbidden } from '../graphql/access.ts';
import type { Authentication } from './authentication.ts';
import type { CountDelivery } from './webhooks.ts';

/** What this process counts, as Prometheus reads it. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #deliveries = new Counter({
    name: 'promo_gateway_webhook_deliveries_total',
    help: 'Webhooks that were delivered, by what became of them.',
    labelNames: ['provider', 'outcome'] as const,
    registers: [this.#registry],
  });

  countDelivery: CountDelivery = (provider, outcome) => this.#deliveries.inc({ provider, outcome });

  /** All of it in Prometheus' text format, and the media type of that. */
  async text(): Promise<{ body: string; contentType: string }> {
    return { body: await this.#registry.metrics(), contentType: this.#registry.contentType };
  }
}

/** GET /metrics, for callers with the scope `operate`. */
export function useMetrics(metrics: Metrics, authentication: Authentication): Plugin {
  const answer = async (request: Request): Promise<[body: string, init: ResponseInit]> => {
    try {
      const { scopes } = await authentication.identify(request);
      if (!scopes.has('operate')) throw forbidden('GET /metrics', ['operate']);
    } catch (error) {
      if (error instanceof GraphQLError) return [error.message, httpOf(error)];
      throw error;
    }
    const { body, contentType } = await metrics.text();
    return [body, { headers: { 'content-type': contentType } }];
  };
  return {
    onRequest({ request, url, endResponse, fetchAPI }) {
      if (request.method !== 'GET' || !request.url.includes('/metrics') || url.pathname !== '/metrics') return;
      return answer(request).then(([body, init]) => endResponse(new fetchAPI.Response(body, init)));
    },
  };
}

const http = z.object({ status: z.number(), headers: z.record(z.string(), z.string()) });

function httpOf({ extensions }: GraphQLError): ResponseInit {
  return http.parse(extensions.http);
}
