import type { CouponDocument } from './coupon.ts';

/**
 * Whether a coupon can be put on a subscription in this currency now (milliseconds). Both ends of its window count as
 * inside. How often it was applied before plays no part here: only invoices apply coupons, and there are none.
 */
export function isRedeemable(coupon: CouponDocument, { currency, now }: { currency: string; now: number }): boolean {
  return (
    coupon.status === 'published' &&
    now >= (coupon.redeem_after ?? Number.NEGATIVE_INFINITY) &&
    now <= (coupon.redeem_before ?? Number.POSITIVE_INFINITY) &&
    isOfCurrency(coupon, currency) &&
    coupon.total_redemptions < (coupon.max_redemptions ?? Number.POSITIVE_INFINITY) &&
    isCadenceKnown(coupon)
  );
}

function isOfCurrency(coupon: CouponDocument, currency: string): boolean {
  if (coupon.type !== 'fixed' || coupon.currency === '') return true;
  return coupon.currency.toLowerCase() === currency.toLowerCase();
}

function isCadenceKnown({ cadence, duration_in_periods }: CouponDocument): boolean {
  if (cadence === 'repeated') return (duration_in_periods ?? 0) > 0;
  return cadence === 'once' || cadence === 'forever';
}
