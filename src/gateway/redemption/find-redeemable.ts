import type { PromoCode, Promotion } from '../../domain/promotion/promotion.ts';
import { isWithin } from '../../domain/provider/cache-ages.ts';
import type { ProviderError } from '../../domain/provider/provider.ts';
import { type Refusal, refusal } from '../../domain/redemption/results.ts';
import { type Gateway, isFresh } from '../core/gateway.ts';
import { findPromoCode } from '../reading/find-promo-code.ts';
import type { CodeUse } from './redeemer.ts';

/** Seconds after which a provider that is out of reach is worth asking again, where it does not say. */
const ASK_AGAIN = 5;

/**
 * The promo code that a customer means, as recent as a use of it may be judged by; or why there is none to judge. A
 * use is never judged by what is older than the provider's freshness limit, unless the settings allow it while the
 * provider is out of reach. `doubt` stands for a refusal of what was found: a provider that may have another code of
 * this text could not be asked.
 */
export async function findRedeemable(
  gateway: Gateway,
  use: CodeUse,
): Promise<{ kind: 'FOUND'; promoCode: PromoCode; doubt: Refusal | null } | Refusal> {
  const found = await findPromoCode(gateway, use, 'JUDGED');
  if (found.kind === 'AMBIGUOUS') return refusal('AMBIGUOUS_CODE');
  if (found.kind === 'UNKNOWN') return found.failure ? unverified(found.failure) : refusal('NOT_FOUND');
  const { promoCode, failure, anyFailure, isRedeemable } = found;
  const doubt = anyFailure && !isRedeemable ? unverified(anyFailure) : null;
  return unverifiable(gateway, promoCode, failure) ?? { kind: 'FOUND', promoCode, doubt };
}

/** Why a promotion that was just read again, or could not be, is too old to judge a use by; null when it is not. */
export function unverifiable(gateway: Gateway, promotion: Promotion, failure: ProviderError | null): Refusal | null {
  const isOff = !gateway.accounts.find(promotion.provider, promotion.account);
  if (isFresh(gateway, promotion) || !(failure || isOff)) return null;
  const age = gateway.clock() - promotion.asOf;
  // What is due is not believed at all, however recent it is.
  const believedFor = promotion.isDue ? 0 : gateway.ages[promotion.provider].maxAgeMs;
  return isWithin(age, believedFor + gateway.redeemStaleFor) ? null : unverified(failure);
}

export function unverified(failure: ProviderError | null): Refusal {
  return failure
    ? refusal('CANNOT_VERIFY', { retryAfterSeconds: failure.retryAfterSeconds ?? ASK_AGAIN })
    : refusal('CANNOT_VERIFY');
}
