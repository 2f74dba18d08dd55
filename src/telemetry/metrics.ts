import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { ProviderName } from '../domain/promotion/promotion.ts';
import type { ReadResult } from '../domain/provider/cache-ages.ts';
import type { DeliveryOutcome } from '../domain/provider/webhook-delivery.ts';
import type { RefusalReason } from '../domain/redemption/outcomes.ts';
import { registerBuildInfo } from './build-info.ts';
import { type GatewayState, registerGatewayGauges, registerGauge } from './gauges.ts';
import { DURATION_BUCKETS, OperationMetrics } from './operation-metrics.ts';
import type { ProviderCall } from './provider-calls.ts';
import type { AnsweredOperation, AnsweredRequest } from './request-log.ts';
import { type SettledUse, UseMetrics } from './use-metrics.ts';

/** The Prometheus metrics of this process. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #uses = new UseMetrics(this.#registry);
  readonly #operations = new OperationMetrics(this.#registry, this.#uses);
  readonly #rejectedRequests = new Counter({
    name: 'promo_gateway_rejected_requests_total',
    help: 'Requests that were rejected before an operation was executed, by HTTP status (499: the client closed the connection).',
    labelNames: ['status'],
    registers: [this.#registry],
  });
  readonly #calls = new Histogram({
    name: 'promo_gateway_provider_call_duration_seconds',
    help: 'Duration of provider calls, by outcome. Each attempt of a retried call counts.',
    labelNames: ['provider', 'operation', 'outcome'],
    buckets: DURATION_BUCKETS,
    registers: [this.#registry],
  });
  readonly #reads = new Counter({
    name: 'promo_gateway_promotion_reads_total',
    help: 'Reads of promotions, by how they were served: HIT, STALE_HIT (refreshed in the background), MISS (provider call), STALE_IF_ERROR.',
    labelNames: ['result'],
    registers: [this.#registry],
  });
  readonly #answers = new Counter({
    name: 'promo_gateway_answers_total',
    help: 'Requests whose answer may be in memory, by whether it was: HIT or MISS.',
    labelNames: ['result'],
    registers: [this.#registry],
  });
  readonly #deliveries = new Counter({
    name: 'promo_gateway_webhook_deliveries_total',
    help: 'Webhook deliveries, by outcome.',
    labelNames: ['provider', 'outcome'],
    registers: [this.#registry],
  });
  readonly #subscriptionExecutions = new Counter({
    name: 'promo_gateway_subscription_executions_total',
    help: 'Executions of subscriptions for an event. Equal subscriptions share one execution.',
    registers: [this.#registry],
  });
  readonly #slowSubscribers = new Counter({
    name: 'promo_gateway_slow_subscribers_total',
    help: 'Subscriptions that were ended because the client did not read its events.',
    registers: [this.#registry],
  });
  readonly #delayedAttempts = new Counter({
    name: 'promo_gateway_delayed_attempts_total',
    help: 'Attempts to use a code that were delayed, because their caller has used half of its failed attempts.',
    registers: [this.#registry],
  });

  constructor() {
    registerBuildInfo(this.#registry);
  }

  countSubscriptionExecution(): void {
    this.#subscriptionExecutions.inc();
  }

  countSlowSubscriber(): void {
    this.#slowSubscribers.inc();
  }

  countDelayedAttempt(): void {
    this.#delayedAttempts.inc();
  }

  countDelivery(provider: ProviderName, outcome: DeliveryOutcome): void {
    this.#deliveries.inc({ provider, outcome });
  }

  countRead(result: ReadResult): void {
    this.#reads.inc({ result });
  }

  countAnswer(result: 'HIT' | 'MISS'): void {
    this.#answers.inc({ result });
  }

  countCall({ provider, operation, outcome, milliseconds }: ProviderCall): void {
    this.#calls.observe({ provider, operation, outcome }, milliseconds / 1000);
  }

  /** Counts a request without an operation if it was rejected. */
  countRequest({ status, codes = [] }: AnsweredRequest): void {
    this.#operations.countRejected(codes);
    if (status >= 400) this.#rejectedRequests.inc({ status });
  }

  countOperation(answered: AnsweredOperation): void {
    this.#operations.countOperation(answered);
  }

  /** Counts a redemption that was made or cancelled now, and not by an operation. */
  countUse(use: SettledUse): void {
    this.#uses.count(use);
  }

  countRefusal(refusal: { reason: RefusalReason; told: RefusalReason }): void {
    this.#operations.countRefusal(refusal);
  }

  /** Measures a gateway and its providers at each scrape. */
  watchGateway(state: GatewayState): void {
    registerGatewayGauges(this.#registry, state);
  }

  /** Measures subscriptions at each scrape: the number of open ones, and of distinct ones among them. */
  watchSubscriptions({ open, distinct }: { open: () => number; distinct: () => number }): void {
    registerGauge(this.#registry, 'promo_gateway_open_subscriptions', 'Open subscriptions.', open);
    const help =
      'Distinct open subscriptions: those with the same operation, variables and access share one execution.';
    registerGauge(this.#registry, 'promo_gateway_distinct_subscriptions', help, distinct);
  }

  /** Measures the cache of parsed operations at each scrape. */
  watchDocuments(documents: { readonly bytes: number; readonly count: number }): void {
    const help = 'Estimated memory of the parsed operations in the cache.';
    registerGauge(this.#registry, 'promo_gateway_document_cache_bytes', help, () => documents.bytes);
    const counted = 'Parsed operations in the cache.';
    registerGauge(this.#registry, 'promo_gateway_document_cache_documents', counted, () => documents.count);
  }

  /** Measures the requests in flight at each scrape. */
  watchRequests(inFlight: { readonly taken: number }): void {
    const help = 'Requests to GraphQL that are being answered. A subscription counts until its response begins.';
    registerGauge(this.#registry, 'promo_gateway_requests_in_flight', help, () => inFlight.taken);
  }

  /** Measures the answers in memory at each scrape. */
  watchAnswers(answers: { readonly bytes: number; readonly count: number }): void {
    const help = 'Estimated memory of the answers in memory.';
    registerGauge(this.#registry, 'promo_gateway_answer_cache_bytes', help, () => answers.bytes);
    registerGauge(this.#registry, 'promo_gateway_answer_cache_answers', 'Answers in memory.', () => answers.count);
  }

  /** Adds the metrics of the process: memory, CPU time, event loop lag. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.#registry });
  }

  /** All metrics in the text format of Prometheus, and its media type. */
  async text(): Promise<{ body: string; contentType: string }> {
    return { body: await this.#registry.metrics(), contentType: this.#registry.contentType };
  }
}
