import type { NewCoupon, NewPromoCode, ProviderCoupon, ProviderPromoCode } from '../promo/provider.ts';

/**
 * The promo code as created, with what was sent where the answer leaves it out: nobody has used or changed a new one.
 * Not for what a repeat of an earlier creation is answered, which says what was true then.
 */
export function withSent(created: ProviderPromoCode, sent: NewPromoCode): ProviderPromoCode {
  const terms = 'discount' in sent.terms ? sent.terms : undefined;
  return {
    ...created,
    ...conditions(created, sent),
    code: created.code ?? sent.code,
    discount: created.discount ?? terms?.discount,
    duration: created.duration ?? terms?.duration,
  };
}

/** The same for a coupon. */
export function couponWithSent(created: ProviderCoupon, sent: NewCoupon): ProviderCoupon {
  return {
    ...created,
    ...conditions(created, sent),
    name: created.name === undefined ? sent.name : created.name,
    discount: created.discount ?? sent.discount,
    duration: created.duration ?? sent.duration,
  };
}

function conditions(
  created: ProviderPromoCode | ProviderCoupon,
  sent: Pick<NewCoupon, 'maxRedemptions' | 'startsAt' | 'expiresAt'>,
) {
  const { active, maxRedemptions, redeemedCount, startsAt, expiresAt } = created;
  return {
    active: active ?? true,
    maxRedemptions: maxRedemptions === undefined ? (sent.maxRedemptions ?? null) : maxRedemptions,
    redeemedCount: redeemedCount ?? 0,
    startsAt: startsAt === undefined ? (sent.startsAt ?? null) : startsAt,
    expiresAt: expiresAt === undefined ? (sent.expiresAt ?? null) : expiresAt,
  };
}
