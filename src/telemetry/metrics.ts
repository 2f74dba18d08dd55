import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ReadResult } from '../domain/promotion/freshness.ts';
import type { ProviderName } from '../domain/promotion/promotion.ts';
import type { ProviderHealth } from '../domain/provider/provider.ts';
import type { DeliveryOutcome } from '../domain/provider/webhook-delivery.ts';
import { isRefusalReason } from '../domain/redemption/results.ts';
import type { ProviderCall } from './provider-calls.ts';
import type { AnsweredOperation, AnsweredRequest } from './request-log.ts';

/** In seconds: what is held answers in milliseconds, what a provider is asked for in seconds. */
const DURATIONS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
/** What an operation comes to that does what it was to do. */
const DONE: ReadonlySet<string> = new Set([
  'OK',
  'TAKEN',
  'ELIGIBLE',
  'COUPON',
  'PROMO_CODE',
  'SUBSCRIBED',
  'FORGOTTEN',
]);
const STATES = ['UP', 'DEGRADED', 'DOWN'] as const;

/** What is measured of a gateway whenever the metrics are read. */
export interface GatewayState {
  providers(): readonly ProviderName[];
  health(provider: ProviderName): ProviderHealth;
  /** Calls to a provider that wait, and that were refused since the start. */
  queue(provider: ProviderName): { waiting: number; refused: number };
  openHolds(): number;
  writesInDoubt(provider: ProviderName): number;
}

/** What this process counts, as Prometheus reads it. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #operations = new Histogram({
    name: 'promo_gateway_operation_duration_seconds',
    help: 'Operations that were answered, by type: done, refused (a use or quote), or failed in any other way.',
    labelNames: ['type', 'result'],
    buckets: DURATIONS,
    registers: [this.#registry],
  });
  readonly #refusals = new Counter({
    name: 'promo_gateway_refusals_total',
    help: 'Uses and quotes that were refused, by the reason that the caller was told.',
    labelNames: ['reason'],
    registers: [this.#registry],
  });
  readonly #turnedAway = new Counter({
    name: 'promo_gateway_requests_turned_away_total',
    help: 'Requests that were refused without an operation, by the status of the answer (499: the client closed the connection).',
    labelNames: ['status'],
    registers: [this.#registry],
  });
  readonly #calls = new Histogram({
    name: 'promo_gateway_provider_call_duration_seconds',
    help: 'Calls to providers, each try by itself, by what they came to.',
    labelNames: ['provider', 'operation', 'outcome'],
    buckets: DURATIONS,
    registers: [this.#registry],
  });
  readonly #reads = new Counter({
    name: 'promo_gateway_promotion_reads_total',
    help: 'Reads of promotions, by how they were served: HIT, STALE_HIT (refreshed in the background), MISS (provider call), STALE_IF_ERROR.',
    labelNames: ['result'],
    registers: [this.#registry],
  });
  readonly #deliveries = new Counter({
    name: 'promo_gateway_webhook_deliveries_total',
    help: 'Webhooks that were delivered, by what became of them.',
    labelNames: ['provider', 'outcome'],
    registers: [this.#registry],
  });

  readonly #subscriptionExecutions = new Counter({
    name: 'promo_gateway_subscription_executions_total',
    help: 'Executions of subscribed operations for an event, each shared by all who subscribed to the same.',
    registers: [this.#registry],
  });
  readonly #unreadSubscriptions = new Counter({
    name: 'promo_gateway_subscriptions_unread_total',
    help: 'Subscriptions that were ended because their client did not read its events.',
    registers: [this.#registry],
  });
  readonly #slowedAttempts = new Counter({
    name: 'promo_gateway_slowed_attempts_total',
    help: 'Attempts to use a code that had to wait, because their caller has used half of its failed attempts.',
    registers: [this.#registry],
  });

  countSubscriptionExecution(): void {
    this.#subscriptionExecutions.inc();
  }

  countUnreadSubscription(): void {
    this.#unreadSubscriptions.inc();
  }

  countSlowedAttempt(): void {
    this.#slowedAttempts.inc();
  }

  countDelivery(provider: ProviderName, outcome: DeliveryOutcome): void {
    this.#deliveries.inc({ provider, outcome });
  }

  countRead(result: ReadResult): void {
    this.#reads.inc({ result });
  }

  countCall({ provider, operation, outcome, milliseconds }: ProviderCall): void {
    this.#calls.observe({ provider, operation, outcome }, milliseconds / 1000);
  }

  /** Counts a request that was answered without an operation, if it was refused. */
  countRequest({ status }: AnsweredRequest): void {
    if (status >= 400) this.#turnedAway.inc({ status });
  }

  countOperation({ type, outcomes, milliseconds }: AnsweredOperation): void {
    const refusals = outcomes.filter(isRefusalReason);
    for (const reason of refusals) this.#refusals.inc({ reason });
    const hasFailed = outcomes.some((outcome) => !DONE.has(outcome) && !isRefusalReason(outcome));
    const result = hasFailed ? 'failed' : refusals.length > 0 ? 'refused' : 'done';
    this.#operations.observe({ type, result }, milliseconds / 1000);
  }

  /** Reports how many subscriptions are open, and how many of them are distinct. */
  watchSubscriptions({ listeners, shared }: { listeners: () => number; shared: () => number }): void {
    const registers = [this.#registry];
    new Gauge({
      name: 'promo_gateway_listeners',
      help: 'Subscriptions that are open.',
      registers,
      collect() {
        this.set(listeners());
      },
    });
    new Gauge({
      name: 'promo_gateway_shared_subscriptions',
      help: 'Distinct subscriptions among them: those with the same operation, variables and view are executed as one.',
      registers,
      collect() {
        this.set(shared());
      },
    });
  }

  /** Reports the state of a gateway at the moment of each scrape. */
  watch({ providers, health, queue, openHolds, writesInDoubt }: GatewayState): void {
    const registers = [this.#registry];
    new Gauge({
      name: 'promo_gateway_provider_state',
      help: 'How a provider is doing: 1 for its state, 0 for the others.',
      labelNames: ['provider', 'state'],
      registers,
      collect() {
        for (const provider of providers()) {
          for (const state of STATES) this.set({ provider, state }, health(provider) === state ? 1 : 0);
        }
      },
    });
    new Gauge({
      name: 'promo_gateway_provider_calls_waiting',
      help: 'Calls to a provider that wait for their turn.',
      labelNames: ['provider'],
      registers,
      collect() {
        for (const provider of providers()) this.set({ provider }, queue(provider).waiting);
      },
    });
    new Counter({
      name: 'promo_gateway_provider_calls_refused_total',
      help: 'Calls to a provider that were not sent: its queue was full, or left no turn before their deadline.',
      labelNames: ['provider'],
      registers,
      collect() {
        this.reset();
        for (const provider of providers()) this.inc({ provider }, queue(provider).refused);
      },
    });
    new Gauge({
      name: 'promo_gateway_holds',
      help: 'Uses that are set aside now.',
      registers,
      collect() {
        this.set(openHolds());
      },
    });
    new Gauge({
      name: 'promo_gateway_writes_in_doubt',
      help: 'Writes whose outcome is not known yet: the backlog of recovery.',
      labelNames: ['provider'],
      registers,
      collect() {
        for (const provider of providers()) this.set({ provider }, writesInDoubt(provider));
      },
    });
  }

  /** Reports how full the cache of parsed operations is. */
  watchDocuments(documents: { readonly bytes: number; readonly count: number }): void {
    const registers = [this.#registry];
    new Gauge({
      name: 'promo_gateway_document_cache_bytes',
      help: 'Memory that parsed operations take in their cache, as estimated.',
      registers,
      collect() {
        this.set(documents.bytes);
      },
    });
    new Gauge({
      name: 'promo_gateway_document_cache_documents',
      help: 'Parsed operations in their cache.',
      registers,
      collect() {
        this.set(documents.count);
      },
    });
  }

  /** Tells of the process, too: memory, CPU time, how late the event loop is. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.#registry });
  }

  /** All of it in Prometheus' text format, and the media type of that. */
  async text(): Promise<{ body: string; contentType: string }> {
    return { body: await this.#registry.metrics(), contentType: this.#registry.contentType };
  }
}
