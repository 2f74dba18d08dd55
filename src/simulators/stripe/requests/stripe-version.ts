import type { StripeRefuse } from '../errors.ts';

/** The version of an account that sends no `Stripe-Version`. */
export const NEWEST_VERSION = '2026-10-28.endive';

/** What changed between versions of Stripe's API, as far as the simulator knows it. */
export interface StripeVersion {
  /** As sent, such as "2026-10-28.endive". */
  name: string;
  /** Since 2025-09-30.clover a promotion code has `promotion` and a discount has `source`, not `coupon`. */
  hasPromotions: boolean;
  /** Since 2025-03-31.basil coupons with an amount may not be forever. */
  refusesForeverAmounts: boolean;
}

/** @throws {Refusal} for a text that is no version */
export function stripeVersion(name: string, refuse: StripeRefuse): StripeVersion {
  const date = /^(\d{4}-\d{2}-\d{2})(\.[a-z]+)?$/.exec(name)?.[1];
  if (date === undefined) throw refuse(`Invalid Stripe API version: ${name}`);
  return { name, hasPromotions: date >= '2025-09-30', refusesForeverAmounts: date >= '2025-03-31' };
}
