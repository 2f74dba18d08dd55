import type { ProviderName } from '../promotion/promotion.ts';
import type { RefusalReason } from '../redemption/outcomes.ts';

export type ProviderFailureKind =
  | 'UNAVAILABLE'
  | 'TIMED_OUT'
  | 'RATE_LIMITED'
  | 'UNAUTHORIZED'
  | 'REJECTED'
  | 'MALFORMED_ANSWER';

/** An input field that a provider refused. `message` is the gateway's own text, which clients may see. */
export interface InputFault {
  field:
    | 'code'
    | 'couponId'
    | 'currencyOptions'
    | 'customerId'
    | 'discount'
    | 'duration'
    | 'expiresAt'
    | 'maxRedemptions'
    | 'metadata'
    | 'minimumOrder'
    | 'minimumOrderOptions'
    | 'name'
    | 'planId'
    | 'startsAt';
  message: string;
}

/** REPLACED: the outcome of a change is unknown, and a later change was sent after it. */
export type ProviderFailureReason = 'CODE_TAKEN' | 'NOT_FOUND' | 'CONFLICT' | 'UNSUPPORTED' | 'REPLACED';

/**
 * A failed call to a provider. Only adapters throw it.
 *
 * `message` is for the log and may quote the provider. Clients get the gateway's own message for each `kind` instead.
 */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly provider: ProviderName;
  readonly kind: ProviderFailureKind;
  /** Whether the call certainly changed nothing at the provider: it was not sent, or it was refused. */
  readonly unchanged: boolean;
  /** REJECTED only: the reason, if the gateway has a specific answer for it. */
  readonly reason: ProviderFailureReason | undefined;
  /** REJECTED only: the refused input field, if the provider names it. */
  readonly fault: InputFault | undefined;
  /** REJECTED only: why the provider does not apply a promotion, if it says so. */
  readonly refusal: RefusalReason | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    provider: ProviderName,
    kind: ProviderFailureKind,
    message: string,
    details: {
      unchanged: boolean;
      reason?: ProviderFailureReason;
      fault?: InputFault;
      refusal?: RefusalReason;
      retryAfterSeconds?: number;
      cause?: unknown;
    },
  ) {
    super(message, { cause: details.cause });
    this.provider = provider;
    this.kind = kind;
    this.unchanged = details.unchanged;
    this.reason = details.reason;
    this.fault = details.fault;
    this.refusal = details.refusal;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }

  /** Whether the same call with the same idempotency key may succeed later. */
  get retryable(): boolean {
    return this.kind !== 'UNAUTHORIZED' && this.kind !== 'REJECTED';
  }
}
