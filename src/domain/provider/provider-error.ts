import type { ProviderName } from '../promotion/promotion.ts';

export type ProviderFailureKind =
  | 'UNAVAILABLE'
  | 'TIMED_OUT'
  | 'RATE_LIMITED'
  | 'UNAUTHORIZED'
  | 'REJECTED'
  | 'MALFORMED_ANSWER';

/** The field of an input that a provider refused, and what is wrong with it: in our words, fit to be shown. */
export interface InputFault {
  field:
    | 'code'
    | 'couponId'
    | 'customerId'
    | 'discount'
    | 'duration'
    | 'expiresAt'
    | 'maxRedemptions'
    | 'minimumOrder'
    | 'name'
    | 'planId'
    | 'startsAt';
  message: string;
}

/** REPLACED: a change whose outcome is not known, after which another one was sent. */
export type ProviderFailureReason = 'CODE_TAKEN' | 'NOT_FOUND' | 'CONFLICT' | 'UNSUPPORTED' | 'REPLACED';

/**
 * A call to a provider that did not give an answer in the provider's own terms. Thrown by adapters only.
 *
 * `message` is for the log and may quote the provider. Clients get a message of the gateway's for each `kind` instead.
 */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly provider: ProviderName;
  readonly kind: ProviderFailureKind;
  /** True when nothing can have changed at the provider: the call was never sent, or was refused. */
  readonly unchanged: boolean;
  /** REJECTED only: why, where the gateway has an answer of its own for it. */
  readonly reason: ProviderFailureReason | undefined;
  /** REJECTED only: which field of the input it is about, where the provider says so. */
  readonly fault: InputFault | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    provider: ProviderName,
    kind: ProviderFailureKind,
    message: string,
    details: {
      unchanged: boolean;
      reason?: ProviderFailureReason;
      fault?: InputFault;
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
    this.retryAfterSeconds = details.retryAfterSeconds;
  }

  /** True when the same call with the same idempotency key may succeed. */
  get retryable(): boolean {
    return this.kind !== 'UNAUTHORIZED' && this.kind !== 'REJECTED';
  }
}
