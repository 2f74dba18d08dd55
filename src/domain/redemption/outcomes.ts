import type { Money } from '../money/money.ts';
import type { Coupon, Instant, PromoCode, ProviderName } from '../promotion/promotion.ts';
import type { ProviderError, ProviderFailureKind } from '../provider/provider-error.ts';
import type { InputIssue, InputIssueCode } from './input-issue.ts';
import type { Redemption } from './redemption.ts';

/** The input is invalid. Nothing was done. */
export interface InvalidInput {
  kind: 'INVALID_INPUT';
  issues: InputIssue[];
}
export interface NotFound {
  kind: 'NOT_FOUND';
  message: string;
}
/** The code is taken, or the current state does not allow the operation. */
export interface Conflict {
  kind: 'CONFLICT';
  message: string;
  /** The redemption whose state does not allow the operation, as it is now; null: it is not about one. */
  redemption: Redemption | null;
  /** The id of the live promo code that has the wanted code. Absent: it is not known, or the conflict is another one. */
  rivalId?: string;
}
/** The idempotency key was used with another input. */
export interface IdempotencyConflict {
  kind: 'IDEMPOTENCY_CONFLICT';
}
/** The failure of a provider, as a result. */
export interface ProviderFailed {
  kind: 'PROVIDER_FAILED';
  provider: ProviderName;
  failure: ProviderFailureKind;
  retryable: boolean;
  retryAfterSeconds: number | null;
  /** The coupon that was created before its promo code failed. */
  coupon: Coupon | null;
}

/** Why a use or a quote is refused. */
export const REFUSAL_REASONS = [
  'NOT_FOUND',
  'AMBIGUOUS_CODE',
  'CANNOT_VERIFY',
  'EXPIRED',
  'EXHAUSTED',
  'INACTIVE',
  'COUPON_INVALID',
  'NOT_STARTED',
  'CUSTOMER_REQUIRED',
  'CUSTOMER_NOT_ELIGIBLE',
  'CUSTOMER_LIMIT_REACHED',
  'NOT_FIRST_TRANSACTION',
  'PLAN_NOT_ELIGIBLE',
  'PRODUCT_NOT_ELIGIBLE',
  'CURRENCY_MISMATCH',
  'ORDER_AMOUNT_REQUIRED',
  'MINIMUM_NOT_MET',
  'REFUSED_BY_PROVIDER',
  'TOO_MANY_ATTEMPTS',
  'TOO_MANY_HOLDS',
  'NOT_REDEEMABLE',
] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];

const reasons: ReadonlySet<string> = new Set(REFUSAL_REASONS);

export function isRefusalReason(text: string): text is RefusalReason {
  return reasons.has(text);
}

/** The promotion cannot be used for this order. */
export interface Refusal {
  kind: 'REFUSED';
  reason: RefusalReason;
  /** MINIMUM_NOT_MET: how much the order lacks. */
  shortfall: Money | null;
  retryAfterSeconds: number | null;
  /** AMBIGUOUS_CODE: the promo codes that the text can stand for. Absent for a caller that may not look codes up. */
  candidates?: readonly PromoCode[];
  /** The use becomes possible when all of these holds have ended. The store turns them into `retryAfterSeconds`. */
  awaited?: readonly AwaitedHolds[];
}

/** The holds of a promotion that end first (for a coupon: of its promo codes too). */
export interface AwaitedHolds {
  promotionId: string;
  /** How many of them have to end. */
  holds: number;
  /** Whose holds count: those of all customers, or of the refused one. */
  whose: 'ALL' | 'CUSTOMER';
}

/** One invalid field. `path` is relative to the argument "input". */
export function invalidInput(path: string[], code: InputIssueCode, message: string): InvalidInput {
  return { kind: 'INVALID_INPUT', issues: [{ path: ['input', ...path], code, message }] };
}

export function notFound(message: string): NotFound {
  return { kind: 'NOT_FOUND', message };
}

export function conflict(message: string, redemption: Redemption | null = null): Conflict {
  return { kind: 'CONFLICT', message, redemption };
}

/** A refusal. Absent details are null. */
export function refusal(
  reason: RefusalReason,
  details: Partial<Pick<Refusal, 'candidates' | 'awaited'>> & { shortfall?: Money; retryAfterSeconds?: number } = {},
): Refusal {
  const { shortfall = null, retryAfterSeconds = null, awaited = [], candidates = [] } = details;
  return {
    kind: 'REFUSED',
    reason,
    shortfall,
    retryAfterSeconds,
    ...(awaited.length > 0 && { awaited }),
    ...(candidates.length > 0 && { candidates }),
  };
}

/** The refusal details that say when a use becomes free; empty if `release` is null. At least one second. */
export function retryAt(release: Instant | null, now: Instant): { retryAfterSeconds?: number } {
  return release === null ? {} : { retryAfterSeconds: Math.max(1, Math.ceil((release - now) / 1000)) };
}

/** @param coupon the coupon that was created before its promo code failed */
export function providerFailed(failure: ProviderError, coupon: Coupon | null = null): ProviderFailed {
  return {
    kind: 'PROVIDER_FAILED',
    provider: failure.provider,
    failure: failure.kind,
    retryable: failure.retryable,
    retryAfterSeconds: failure.retryAfterSeconds ?? null,
    coupon,
  };
}
