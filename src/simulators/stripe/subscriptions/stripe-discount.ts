import { z } from 'zod';
import { COUPON_EXPANDABLE, type CouponDocument, shownCoupon } from '../coupon.ts';
import { type PromotionCodeDocument, promotionCodeExpandable, shownPromotionCode } from '../promotion-code.ts';
import { type Expansion, expansionOf, isExpanded, pathsThrough } from '../requests/expansion.ts';
import type { StripeVersion } from '../requests/stripe-version.ts';

/** A coupon on a subscription; times in unix seconds. */
export const DiscountDocument = z.object({
  account: z.string(),
  id: z.string(),
  created: z.int(),
  coupon: z.string(),
  promotion_code: z.string().nullable(),
  customer: z.string(),
  subscription: z.string(),
  start: z.int(),
  /** Null: no end is known. */
  end: z.int().nullable(),
  /** Whether it was taken off the subscription. */
  isDeleted: z.boolean(),
});
export type DiscountDocument = z.infer<typeof DiscountDocument>;

/** What a request can expand in a discount. */
export function discountExpandable(version: StripeVersion): Expansion {
  const coupon = version.hasPromotions ? 'source.coupon' : 'coupon';
  return [
    ...(version.hasPromotions ? [coupon] : []),
    ...pathsThrough(coupon, COUPON_EXPANDABLE),
    'promotion_code',
    ...pathsThrough('promotion_code', promotionCodeExpandable(version)),
  ];
}

/** The objects that a discount refers to, and how to show them. */
interface DiscountContext {
  coupon: CouponDocument;
  /** Needed only if it is expanded. */
  promotionCode?: PromotionCodeDocument;
  version: StripeVersion;
  now: number;
  isLive: boolean;
  expansion?: Expansion;
}

/** The discount as Stripe returns it. Versions before 2025-09-30.clover contain the whole coupon, later ones its id. */
export function shownDiscount(discount: DiscountDocument, context: DiscountContext): Record<string, unknown> {
  const { account: _, created: __, isDeleted, coupon: couponId, promotion_code, ...rest } = discount;
  const { coupon, promotionCode, version, expansion = [] } = context;
  const within = (property: string) => ({ ...context, expansion: expansionOf(expansion, property) });
  const isCodeWhole = promotionCode !== undefined && isExpanded(expansion, 'promotion_code');
  const whole = isExpanded(expansion, 'source.coupon');
  return {
    object: 'discount',
    ...rest,
    checkout_session: null,
    ...(version.hasPromotions
      ? { source: { coupon: whole ? shownCoupon(coupon, within('source.coupon')) : couponId, type: 'coupon' } }
      : { coupon: shownCoupon(coupon, within('coupon')) }),
    customer_account: null,
    ...(isDeleted && { deleted: true }),
    invoice: null,
    invoice_item: null,
    promotion_code: isCodeWhole
      ? shownPromotionCode(promotionCode, { ...within('promotion_code'), coupon })
      : promotion_code,
    subscription_item: null,
  };
}
