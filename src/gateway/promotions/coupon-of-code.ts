import { parsePromotionId } from '../../domain/promotion/identity.ts';
import type { Promotion, StatedDiscount } from '../../domain/promotion/promotion.ts';
import type { NewPromoCode, Provider } from '../../domain/provider/provider.ts';
import {
  type Conflict,
  conflict,
  type InvalidInput,
  invalidInput,
  type NotFound,
  notFound,
} from '../../domain/redemption/outcomes.ts';
import type { Gateway } from '../core/gateway.ts';
import { readPromotion } from '../reading/read-promotion.ts';

/** The coupon that a request names, by the provider's id. */
export function couponReference(
  { name, account }: Provider,
  couponId: string,
): { couponId: string } | InvalidInput | NotFound {
  const key = parsePromotionId(couponId);
  if (key?.kind !== 'Coupon') return notFound('No such coupon');
  return key.provider === name && key.account === account
    ? { couponId: key.providerId }
    : invalidInput(['couponId'], 'CONTRADICTION', 'is a coupon of another provider account');
}

/** Why a promo code cannot be created on the coupon that its request names; null if it can, or names none. */
export async function couponRefusal(
  gateway: Gateway,
  { capabilities }: Provider,
  terms: { discount: StatedDiscount } | { couponId: string },
  promoCode: NewPromoCode,
): Promise<NotFound | Conflict | InvalidInput | null> {
  if (!('couponId' in terms)) return null;
  const coupon = await readPromotion(gateway, terms.couponId, 'JUDGED');
  if (!coupon) return notFound('No such coupon');
  const isUsable = coupon.status === 'ACTIVE' || coupon.status === 'SCHEDULED';
  if (!isUsable) return conflict(`The coupon is ${coupon.status}: it takes no more promo codes`);
  return capabilities.codesStayWithinCoupon ? beyondCoupon(coupon, promoCode) : null;
}

/** Some providers refuse a code whose limit or end passes that of its coupon. */
function beyondCoupon(coupon: Promotion, { maxRedemptions, expiresAt }: NewPromoCode): InvalidInput | null {
  if (maxRedemptions !== undefined && coupon.maxRedemptions !== null && maxRedemptions > coupon.maxRedemptions) {
    return invalidInput(
      ['maxRedemptions'],
      'CONTRADICTION',
      `must not be above its coupon's limit of ${coupon.maxRedemptions}`,
    );
  }
  // Such a provider stores whole seconds.
  if (expiresAt !== undefined && coupon.expiresAt !== null && expiresAt - (expiresAt % 1000) > coupon.expiresAt) {
    return invalidInput(['expiresAt'], 'CONTRADICTION', "must not be after its coupon's end");
  }
  return null;
}
