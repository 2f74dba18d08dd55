import type { PromoCode } from '../../domain/promotion/promotion.ts';
import { type Refusal, refusal } from '../../domain/redemption/outcomes.ts';
import type { Gateway } from '../core/gateway.ts';
import { findPromoCode } from '../reading/find-promo-code.ts';
import { unverifiable, unverified } from '../reading/unverifiable.ts';
import type { CodeUse } from './redeemer.ts';

/** A code that is recent enough to judge a use by. */
interface RedeemableCode {
  kind: 'FOUND';
  promoCode: PromoCode;
  /** Replaces a refusal of the code if a provider that may have another code with this text did not answer. */
  doubt: Refusal | null;
}

/**
 * The promo code that a customer means, or why there is none to judge. It is never older than the provider's maximum
 * age, unless the configuration allows that while the provider does not answer.
 */
export async function findRedeemable(gateway: Gateway, use: CodeUse): Promise<RedeemableCode | Refusal> {
  const found = await findPromoCode(gateway, use, 'JUDGED');
  if (found.kind === 'AMBIGUOUS') return refusal('AMBIGUOUS_CODE', { candidates: found.candidates });
  if (found.kind === 'UNKNOWN') return found.failure ? unverified(found.failure) : refusal('NOT_FOUND');
  const { promoCode, failure, anyFailure, isRedeemable } = found;
  const doubt = anyFailure && !isRedeemable ? unverified(anyFailure) : null;
  return unverifiable(gateway, promoCode, failure) ?? { kind: 'FOUND', promoCode, doubt };
}
