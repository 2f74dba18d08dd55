import { z } from 'zod';
import type { NewPromoCode, ProviderCoupon, ProviderPromoCode } from '../../domain/provider/provider.ts';
import * as stripeCoupon from '../stripe-wire/stripe-coupon.ts';
import * as stripePromotionCode from '../stripe-wire/stripe-promotion-code.ts';

/** One page of a list. */
export const listAnswer = z.object({
  data: z.array(z.unknown()),
  has_more: z.boolean(),
  next_cursor: z.string().nullish(),
});

/** ChatDash stores no metadata. In its documented example a restriction that was sent comes back as null. */
const MEANING = { hasMetadata: false, isNullNone: false };

/**
 * The body that creates a promotion code.
 * @throws {TypeError} for terms other than a coupon's
 */
export function toPromoCodeWire(promoCode: NewPromoCode) {
  const { terms } = promoCode;
  if (!('couponId' in terms)) throw new TypeError('a promotion code at ChatDash needs a coupon');
  return { coupon: terms.couponId, ...stripePromotionCode.toPromoCodeConditions(promoCode) };
}

/**
 * Reads a coupon.
 * @throws {ZodError | RangeError} if the gateway cannot express it
 */
export function toCoupon(body: unknown): ProviderCoupon {
  return stripeCoupon.toCoupon(body, MEANING);
}

/**
 * Reads a promotion code.
 * @param couponId the coupon of the request: used if the answer names no coupon
 * @throws {ZodError | RangeError} if the gateway cannot express it
 */
export function toPromoCode(body: unknown, couponId: string): ProviderPromoCode {
  return stripePromotionCode.toPromoCode(body, MEANING, couponId);
}
