import type { Discount, Duration, StatedDiscount } from '../promotion/promotion.ts';
import type {
  CouponChange,
  NewCoupon,
  NewPromoCode,
  PromoCodeChange,
  ProviderCoupon,
  ProviderPromoCode,
} from './provider.ts';

/* Providers omit fields from their answers to writes. These functions add the values that were sent. */

/** Completes the answer to the creation of a promo code. Adds no count, because a replayed answer may be old. */
export function completePromoCode(facts: ProviderPromoCode, sent: NewPromoCode): ProviderPromoCode {
  const terms = 'discount' in sent.terms ? sent.terms : undefined;
  return {
    ...facts,
    ...conditionsOf(facts, sent),
    code: facts.code ?? sent.code,
    discount: withOptions(facts.discount, terms?.discount),
    duration: withCount(facts.duration, terms?.duration),
    customerId: facts.customerId === undefined ? (sent.customerId ?? null) : facts.customerId,
    planId: facts.planId === undefined ? (sent.planId ?? null) : facts.planId,
    firstTransactionOnly: facts.firstTransactionOnly ?? sent.firstTransactionOnly ?? false,
    minimumOrder: facts.minimumOrder === undefined ? (sent.minimumOrder ?? null) : facts.minimumOrder,
    minimumOrderOptions: facts.minimumOrderOptions ?? sent.minimumOrderOptions,
  };
}

/** Completes the answer to the creation of a coupon. Adds no count. */
export function completeCoupon(facts: ProviderCoupon, sent: NewCoupon): ProviderCoupon {
  return {
    ...facts,
    ...conditionsOf(facts, sent),
    name: facts.name === undefined ? sent.name : facts.name,
    discount: withOptions(facts.discount, sent.discount),
    duration: withCount(facts.duration, sent.duration),
  };
}

/** Adds the changed fields to the answer to the change of a promo code. */
export function completeChangedPromoCode(facts: ProviderPromoCode, change: PromoCodeChange): ProviderPromoCode {
  return {
    ...facts,
    active: facts.active ?? change.active,
    maxRedemptions: facts.maxRedemptions === undefined ? change.maxRedemptions : facts.maxRedemptions,
    startsAt: facts.startsAt === undefined ? change.startsAt : facts.startsAt,
    expiresAt: facts.expiresAt === undefined ? change.expiresAt : facts.expiresAt,
    metadata: facts.metadata === undefined ? change.metadata : facts.metadata,
  };
}

/** Adds the changed fields to the answer to the change of a coupon. */
export function completeChangedCoupon(facts: ProviderCoupon, change: CouponChange): ProviderCoupon {
  return {
    ...facts,
    name: facts.name === undefined ? change.name : facts.name,
    metadata: facts.metadata === undefined ? change.metadata : facts.metadata,
  };
}

function conditionsOf(
  { active, maxRedemptions, startsAt, expiresAt }: ProviderPromoCode | ProviderCoupon,
  sent: Pick<NewCoupon, 'maxRedemptions' | 'startsAt' | 'expiresAt'>,
) {
  return {
    active: active ?? true,
    maxRedemptions: maxRedemptions === undefined ? (sent.maxRedemptions ?? null) : maxRedemptions,
    startsAt: startsAt === undefined ? (sent.startsAt ?? null) : startsAt,
    expiresAt: expiresAt === undefined ? (sent.expiresAt ?? null) : expiresAt,
  };
}

/** The answered discount, or the sent one if it is missing. If its amounts in other currencies are missing: the sent ones. */
function withOptions(answered: Discount | undefined, sent: StatedDiscount | undefined): Discount | undefined {
  if (answered === undefined) return sent;
  if (answered.kind !== 'FIXED' || sent?.kind !== 'FIXED' || answered.currencyOptions !== undefined) return answered;
  const { currencyOptions } = sent;
  return { ...answered, ...(currencyOptions && { currencyOptions }) };
}

/** The answered duration. If it is missing or has no count, and was not sent with another kind: the sent one. */
function withCount(answered: Duration | undefined, sent: Duration | undefined): Duration | undefined {
  const isIncomplete = answered === undefined || (answered.kind === 'REPEATING' && answered.count === null);
  return isIncomplete && (answered?.kind ?? sent?.kind) === sent?.kind ? sent : answered;
}
