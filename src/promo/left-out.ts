import type { Duration } from './promotion.ts';
import type { NewPromoCode, PromoCodeChange, ProviderPromoCode } from './provider.ts';

/** A new promo code with what the provider keeps but leaves out of its answer: it was sent, so it is known. */
export function withLeftOut(facts: ProviderPromoCode, sent: NewPromoCode): ProviderPromoCode {
  return {
    ...facts,
    duration: withCount(facts.duration, 'duration' in sent.terms ? sent.terms.duration : facts.duration),
    maxRedemptions: facts.maxRedemptions === undefined ? (sent.maxRedemptions ?? null) : facts.maxRedemptions,
    customerId: facts.customerId === undefined ? (sent.customerId ?? null) : facts.customerId,
    planId: facts.planId === undefined ? (sent.planId ?? null) : facts.planId,
    firstTransactionOnly: facts.firstTransactionOnly ?? sent.firstTransactionOnly ?? false,
    minimumOrder: facts.minimumOrder === undefined ? (sent.minimumOrder ?? null) : facts.minimumOrder,
  };
}

/** A changed promo code with the limit that was sent, where the answer leaves it out. */
export function withChange(facts: ProviderPromoCode, { maxRedemptions }: PromoCodeChange): ProviderPromoCode {
  return { ...facts, maxRedemptions: facts.maxRedemptions === undefined ? maxRedemptions : facts.maxRedemptions };
}

function withCount(told: Duration, sent: Duration): Duration {
  const isWithout = told.kind === 'REPEATING' && told.count === null;
  return isWithout && sent.kind === 'REPEATING' ? sent : told;
}
