import { type CouponDocument, shownCoupon } from '../stripe/coupon.ts';
import { noSuch, type StripeRefuse } from '../stripe/errors.ts';
import { newPromotionCode } from '../stripe/new-promotion-code.ts';
import { type PromotionCodeDocument, shownPromotionCode } from '../stripe/promotion-code.ts';
import { stripeParameters } from '../stripe/requests/stripe-parameters.ts';
import { stripeVersion } from '../stripe/requests/stripe-version.ts';
import type { ChatdashSwitches } from './switches.ts';

/** The version with which ChatDash's reference shows promotion codes, and one with the newer shape. */
const OLD_VERSION = '2025-02-24.acacia';
const NEW_VERSION = '2025-09-30.clover';

/** The fields of a new promotion code that ChatDash forwards to Stripe. */
const PROMOTION_CODE_FIELDS = ['code', 'customer', 'expires_at', 'max_redemptions', 'restrictions'];

/** How ChatDash forwards. `now` is in milliseconds. */
interface Forwarding {
  switches: ChatdashSwitches;
  now: number;
  refuse: StripeRefuse;
}

/** A new promotion code, from the fields that ChatDash forwards. @throws {Refusal} with Stripe's text */
export function forwardedPromotionCode(
  coupon: CouponDocument,
  data: Record<string, unknown>,
  { now, refuse }: Forwarding,
): PromotionCodeDocument {
  const forwarded = Object.fromEntries(PROMOTION_CODE_FIELDS.map((name) => [name, data[name]]));
  const promotionCode = newPromotionCode(coupon, stripeParameters(forwarded, refuse), { now, refuse });
  const { customer } = promotionCode;
  if (customer !== null && !customer.startsWith('cus_')) throw noSuch(refuse, 'customer', customer, { status: 400 });
  return promotionCode;
}

/** The coupon as ChatDash returns it. */
export function returnedCoupon(coupon: CouponDocument, now: number): Record<string, unknown> {
  return shownCoupon(coupon, { now, expansion: ['applies_to'] });
}

/** The promotion code as ChatDash returns it. */
export function returnedPromotionCode(
  promotionCode: PromotionCodeDocument,
  coupon: CouponDocument,
  { switches, now, refuse }: Forwarding,
): Record<string, unknown> {
  const { couponOfCode } = switches;
  const shown = shownPromotionCode(promotionCode, {
    coupon,
    version: stripeVersion(couponOfCode === 'whole' ? OLD_VERSION : NEW_VERSION, refuse),
    now,
    isLive: false,
    expansion: couponOfCode === 'promotion-id' ? [] : ['coupon.applies_to', 'promotion.coupon.applies_to'],
  });
  if (switches.restrictions === 'echoed') return shown;
  const { first_time_transaction } = promotionCode.restrictions;
  const blank = { first_time_transaction, minimum_amount: null, minimum_amount_currency: null };
  return { ...shown, restrictions: blank };
}
