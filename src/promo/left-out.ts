import type { Duration } from './promotion.ts';
import type { NewPromoCode, PromoCodeChange, ProviderPromoCode } from './provider.ts';

/** A new promo code with what the provider keeps but leaves out of its answer: it was sent, so it is known. */
export function withLeftOut(facts: ProviderPromoCode, sent: NewPromoCode): ProviderPromoCode {
  const terms = 'discount' in sent.terms ? sent.terms : undefined;
  return {
    ...facts,
    code: facts.code ?? sent.code,
    discount: facts.discount ?? terms?.discount,
    duration: withCount(facts.duration, terms?.duration),
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

function withCount(told: Duration | undefined, sent: Duration | undefined): Duration | undefined {
  const isWithout = told === undefined || (told.kind === 'REPEATING' && told.count === null);
  return isWithout && (told?.kind ?? sent?.kind) === sent?.kind ? sent : told;
}
