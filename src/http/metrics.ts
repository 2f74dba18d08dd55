import type { Plugin } from 'graphql-yoga';
import { Counter, Registry } from 'prom-client';
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

/** GET /metrics. */
export function useMetrics(metrics: Metrics): Plugin {
  return {
    onRequest({ request, url, endResponse, fetchAPI }) {
      if (request.method !== 'GET' || !request.url.includes('/metrics') || url.pathname !== '/metrics') return;
      return metrics
        .text()
        .then(({ body, contentType }) =>
          endResponse(new fetchAPI.Response(body, { headers: { 'content-type': contentType } })),
        );
    },
  };
}
