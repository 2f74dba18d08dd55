import type { ProviderName } from '../../domain/promotion/promotion.ts';
import type { ProviderFailureKind } from '../../domain/provider/provider-error.ts';
import type { RefusalReason } from '../../domain/redemption/outcomes.ts';

/** The message of each refusal, in words that customers may see. */
export const refusalMessage: Record<RefusalReason, string> = {
  NOT_FOUND: 'This code does not exist.',
  AMBIGUOUS_CODE: 'This code exists more than once: contact support.',
  INACTIVE: 'This code is switched off.',
  NOT_STARTED: 'This code cannot be used yet.',
  EXPIRED: 'This code has expired.',
  EXHAUSTED: 'This code has been used up.',
  COUPON_INVALID: 'The coupon of this code is no longer valid.',
  CUSTOMER_REQUIRED: 'This code needs a customer: sign in first.',
  CUSTOMER_NOT_ELIGIBLE: 'This code belongs to another customer.',
  CUSTOMER_LIMIT_REACHED: 'This customer has used this code as often as it allows.',
  NOT_FIRST_TRANSACTION: 'This code is for first purchases only.',
  ORDER_AMOUNT_REQUIRED: 'This code has a minimum order amount: the order amount is required.',
  MINIMUM_NOT_MET: 'The order is below the minimum of this code.',
  CURRENCY_MISMATCH: 'This code is for orders in another currency.',
  PLAN_NOT_ELIGIBLE: 'This code is for another plan.',
  PRODUCT_NOT_ELIGIBLE: 'This code is for other products.',
  REFUSED_BY_PROVIDER: 'The billing provider refused this code.',
  CANNOT_VERIFY: 'This code cannot be checked right now.',
  TOO_MANY_ATTEMPTS: 'Too many codes were tried: wait a while.',
  TOO_MANY_HOLDS: 'Too many codes are set aside already: finish or cancel an order first.',
  NOT_REDEEMABLE: 'This code cannot be used.',
};

export const conflictMessage = 'This idempotency key was used for something else';

const FAILURES: Record<ProviderFailureKind, string> = {
  UNAVAILABLE: 'is not available: try again later, a write with the same idempotency key',
  TIMED_OUT: 'did not answer in time: try again, a write with the same idempotency key',
  RATE_LIMITED: 'limits the rate of calls: try again later, a write with the same idempotency key',
  UNAUTHORIZED: "does not accept the gateway's key: the operator of the gateway must replace it",
  REJECTED: "refused the request: check the input; the gateway's log has the reason",
  MALFORMED_ANSWER: "gave an answer that the gateway cannot read: the gateway's log has the details",
};

/** The message of a provider's failure. Never the provider's own text, which may contain what the client must not see. */
export function failureMessage(provider: ProviderName, kind: ProviderFailureKind): string {
  return `${provider} ${FAILURES[kind]}`;
}
