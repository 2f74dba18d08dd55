import type { Promotion } from '../../domain/promotion/promotion.ts';
import { isWithin } from '../../domain/provider/cache-ages.ts';
import type { ProviderError } from '../../domain/provider/provider-error.ts';
import { type Refusal, refusal } from '../../domain/redemption/outcomes.ts';
import { type Gateway, isFresh } from '../core/gateway.ts';

/** When to try again if a provider did not answer and did not say when. */
const RETRY_AFTER_SECONDS = 5;

/**
 * The refusal if a promotion is too old to judge a use by, although it was just read, or could not be; null if it is
 * recent enough. `REDEEM_STALE_IF_ERROR_SECONDS` allows an older one while its provider does not answer.
 */
export function unverifiable(gateway: Gateway, promotion: Promotion, failure: ProviderError | null): Refusal | null {
  const isOff = !gateway.accounts.find(promotion.provider, promotion.account);
  if (isFresh(gateway, promotion) || !(failure || isOff)) return null;
  const age = gateway.clock() - promotion.asOf;
  // A promotion that is due may be outdated, however recent it is.
  const believedFor = promotion.isDue ? 0 : gateway.ages[promotion.provider].maxAgeMs;
  return isWithin(age, believedFor + gateway.redeemStaleForMs) ? null : unverified(failure);
}

/** The refusal for a promotion that cannot be verified now. Without a failure it names no time to try again. */
export function unverified(failure: ProviderError | null): Refusal {
  return failure
    ? refusal('CANNOT_VERIFY', { retryAfterSeconds: failure.retryAfterSeconds ?? RETRY_AFTER_SECONDS })
    : refusal('CANNOT_VERIFY');
}
