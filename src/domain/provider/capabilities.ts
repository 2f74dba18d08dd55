import type { Money } from '../money/money.ts';
import type { DurationUnit, Instant, Metadata } from '../promotion/promotion.ts';
import type { CouponChange } from './provider.ts';

/** What a provider cannot carry, beyond what its missing methods say. */
export interface ProviderCapabilities {
  /** How long a creation sent again with the same intentId is made once, in milliseconds; absent: not at all. */
  repeatsSafelyFor?: number;
  /** Decimals that a percentage may have; 0 for whole percents. */
  percentageDecimals: number;
  /** The smallest percentage; absent: any above 0. */
  minimumPercentage?: number;
  /** Whether an amount can be said on the wire (its currency, its last digit); absent: any can. */
  carriesAmount?: (amount: Money) => boolean;
  /** Whether metadata can be kept there (its keys); absent: any can. */
  carriesMetadata?: (metadata: Metadata) => boolean;
  /**
   * Whether an end can be said on the wire, when it is asked for `now`: how far ahead it is, and whether it is still to come
   * once it is rounded; absent: any can.
   */
  carriesExpiry?: (expiresAt: Instant, now: Instant) => boolean;
  /** True where neither the limit nor the end of a promo code may pass that of its coupon. */
  codesStayWithinCoupon?: boolean;
  /** What a repeating duration counts. */
  durationUnit: DurationUnit;
  /** The text a promo code may have. */
  code: { pattern?: RegExp; maxLength: number };
  /** The name a coupon may have. */
  couponNameLength: number;
  /** The highest maxRedemptions; absent: any. */
  maxRedemptions?: number;
  /** True where `listPromoCodes` needs a coupon. */
  listsPromoCodesByCoupon?: boolean;
  /** The optional fields that a promo code has at the provider. */
  promoCodeFields: ReadonlySet<PromoCodeField>;
  /** The fields that `updatePromoCode` can change there. */
  promoCodeChanges: ReadonlySet<PromoCodeChangeField>;
  /** The optional fields that a coupon has at the provider. */
  couponFields: ReadonlySet<CouponField>;
  /** The fields that `updateCoupon` can change there. */
  couponChanges: ReadonlySet<keyof CouponChange>;
}

export type PromoCodeField =
  | 'couponId'
  | 'discount'
  | 'maxRedemptions'
  | 'startsAt'
  | 'expiresAt'
  | 'customerId'
  | 'planId'
  | 'firstTransactionOnly'
  | 'minimumOrder'
  | 'metadata';
export type PromoCodeChangeField = 'active' | 'maxRedemptions' | 'startsAt' | 'expiresAt';
export type CouponField = 'maxRedemptions' | 'startsAt' | 'expiresAt' | 'metadata';
