import { promotionId } from '../../../src/domain/promotion/identity.ts';
import type { ProviderCoupon, ProviderPromoCode } from '../../../src/domain/provider/provider.ts';
import { COUPON_MAX, type Code, PERCENTAGE, TERMS } from './ledger-model.ts';

/** The account of the model's promotions. */
export const OWNER = { provider: 'STRIPE_CONNECT', account: 'acct_model' } as const;

/** The public id of a name in the model. */
export function idOf(name: Code | 'coupon'): string {
  return promotionId({ ...OWNER, kind: name === 'coupon' ? 'Coupon' : 'PromoCode', providerId: `id-${name}` });
}

/** The provider's answer for a promo code and its coupon, with these counts. */
export function factsOf(code: Code, { count, couponCount }: { count: number; couponCount: number }): ProviderPromoCode {
  return {
    ...shared(`id-${code}`, TERMS[code].max, count),
    kind: 'PromoCode',
    code,
    coupon: TERMS[code].hasCoupon ? couponOf(couponCount) : null,
    customerId: null,
    planId: null,
    firstTransactionOnly: false,
    minimumOrder: null,
  };
}

function shared(providerId: string, maxRedemptions: number | null, redeemedCount: number) {
  return {
    providerId,
    discount: { kind: 'PERCENTAGE' as const, percentage: String(PERCENTAGE) },
    duration: { kind: 'ONCE' as const },
    active: true,
    maxRedemptions,
    redeemedCount,
    startsAt: null,
    expiresAt: null,
    createdAt: 0,
    metadata: null,
  };
}

function couponOf(count: number): ProviderCoupon {
  return { ...shared('id-coupon', COUPON_MAX, count), kind: 'Coupon', name: 'Model' };
}
