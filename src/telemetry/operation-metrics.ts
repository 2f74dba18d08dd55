import { Counter, Histogram, type Registry } from 'prom-client';
import { isRefusalReason, type RefusalReason } from '../domain/redemption/outcomes.ts';
import { faultOf } from './faults.ts';
import type { AnsweredField, AnsweredOperation } from './request-log.ts';
import type { UseMetrics } from './use-metrics.ts';

/** In seconds. Cached reads take milliseconds, provider calls take seconds. */
export const DURATION_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

/** The outcomes of successful operations. */
const SUCCESSFUL: ReadonlySet<string> = new Set([
  'OK',
  'TAKEN',
  'ELIGIBLE',
  'COUPON',
  'PROMO_CODE',
  'SUBSCRIBED',
  'FORGOTTEN',
]);

/** The metrics of answered operations. */
export class OperationMetrics {
  readonly #operations: Histogram;
  readonly #refusals: Counter;
  readonly #fields: Counter;
  readonly #rejected: Counter;
  readonly #uses: UseMetrics;

  constructor(registry: Registry, uses: UseMetrics) {
    const registers = [registry];
    this.#operations = new Histogram({
      name: 'promo_gateway_operation_duration_seconds',
      help: 'Duration of answered operations, by type and result: done, refused (a redemption, hold or quote was refused), or failed.',
      labelNames: ['type', 'result'],
      buckets: DURATION_BUCKETS,
      registers,
    });
    this.#refusals = new Counter({
      name: 'promo_gateway_refusals_total',
      help: 'Refused redemptions, holds, quotes and look-ups without the scope read, by the reason and by the reason that the caller got.',
      labelNames: ['reason', 'told'],
      registers,
    });
    this.#fields = new Counter({
      name: 'promo_gateway_root_fields_total',
      help: 'Answered root fields, by code (OK, REFUSED, the kind of error in the result, or the code of the error) and by whose fault the error is: none, client, provider, gateway.',
      labelNames: ['field', 'code', 'fault'],
      registers,
    });
    this.#rejected = new Counter({
      name: 'promo_gateway_rejected_operations_total',
      help: 'Operations that were rejected before they were executed, by the code of the error and whose fault it is.',
      labelNames: ['code', 'fault'],
      registers,
    });
    this.#uses = uses;
  }

  countOperation({ type, outcomes, fields, milliseconds }: AnsweredOperation): void {
    const hasFailed = outcomes.some((outcome) => !SUCCESSFUL.has(outcome) && !isRefusalReason(outcome));
    const result = hasFailed ? 'failed' : outcomes.some(isRefusalReason) ? 'refused' : 'done';
    this.#operations.observe({ type, result }, milliseconds / 1000);
    for (const field of fields) this.#countField(field);
  }

  countRefusal(refusal: { reason: RefusalReason; told: RefusalReason }): void {
    this.#refusals.inc(refusal);
  }

  /** @param codes the codes of the errors, each once */
  countRejected(codes: readonly string[]): void {
    for (const code of codes) this.#rejected.inc({ code, fault: faultOf(code) });
  }

  #countField({ field, outcome, settled }: AnsweredField): void {
    const code = SUCCESSFUL.has(outcome) ? 'OK' : isRefusalReason(outcome) ? 'REFUSED' : outcome;
    this.#fields.inc({ field, code, fault: faultOf(code) });
    if (settled) this.#uses.count(settled);
  }
}
