import type { CouponDocument } from './coupon.ts';

/**
 * Whether a coupon can be applied to a subscription in this currency at `now`, in milliseconds. Both ends of its redemption
 * window are inclusive. Earlier invoices do not matter, because the simulator has none.
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
