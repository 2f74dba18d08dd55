import type { Instant } from '../../domain/promotion/promotion.ts';
import type { ProviderCapabilities } from '../../domain/provider/capabilities.ts';
import { toUnixSeconds } from '../client/wire-values.ts';
import { isStripeAmount } from './stripe-money.ts';

/** What Stripe's coupons and promotion codes can carry, through any API. */
export const STRIPE_CAPABILITIES = {
  percentageDecimals: 2,
  carriesAmount: isStripeAmount,
  amountRule: 'must be in a currency of Stripe, without decimals that Stripe does not have',
  carriesExpiry: (expiresAt, now) => {
    const seconds = toUnixSeconds(expiresAt) * 1000;
    return seconds > now && seconds <= fiveYearsAfter(now);
  },
  expiryRule: 'must be at least a second and at most five years ahead',
  codesStayWithinCoupon: true,
  durationUnit: 'MONTH',
  code: { pattern: /^[a-zA-Z0-9_-]+$/, rule: 'must have only the letters a to z, digits, "_" and "-"', maxLength: 500 },
  couponNameLength: 40,
} as const satisfies Partial<ProviderCapabilities>;

/** The latest end that Stripe accepts. */
function fiveYearsAfter(now: Instant): Instant {
  const date = new Date(now);
  return date.setUTCFullYear(date.getUTCFullYear() + 5);
}
