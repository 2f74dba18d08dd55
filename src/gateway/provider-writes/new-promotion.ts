import type { ProviderCoupon, ProviderPromoCode } from '../../domain/provider/provider.ts';
import type { AnswerMoment } from '../../store/promotions/answer-moment.ts';

/** A promotion that was created just now has no uses, even if the provider's answer leaves the count out. */
export function asNew<Facts extends ProviderCoupon | ProviderPromoCode>(facts: Facts, { as }: AnswerMoment): Facts {
  const { redeemedCount = as === 'PROOF' ? undefined : 0 } = facts;
  return { ...facts, redeemedCount };
}
