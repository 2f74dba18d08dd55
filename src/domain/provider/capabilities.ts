import type { Money } from '../money/money.ts';
import type { DurationUnit, Instant, Metadata } from '../promotion/promotion.ts';
import type { CouponChange } from './provider.ts';

/** Which values a provider accepts. A missing method says that it does not offer an operation at all. */
export interface ProviderCapabilities {
  /**
   * How long a repeated creation with the same `intentId` has no second effect, in milliseconds; absent: not at all.
   */
  repeatsSafelyForMs?: number;
  /** The maximum number of decimals of a percentage. */
  percentageDecimals: number;
  /** The smallest percentage; absent: any percentage above 0. */
  minimumPercentage?: number;
  /** Whether the provider's format can express an amount (its currency and decimals); absent: it can express any. */
  carriesAmount?: (amount: Money) => boolean;
  /** Which amounts `carriesAmount` accepts, for the caller: "must be in NGN, the currency of the account". */
  amountRule?: string;
  /** Whether the provider can store this metadata (for example its keys); absent: it can store any. */
  carriesMetadata?: (metadata: Metadata) => boolean;
  /** Which metadata `carriesMetadata` accepts, for the caller. */
  metadataRule?: string;
  /**
   * Whether the provider's format can express this end in a request at `now`. It may limit how far ahead the end is,
   * and rounding may move the end into the past. Absent: it can express any.
   */
  carriesExpiry?: (expiresAt: Instant, now: Instant) => boolean;
  /** Which ends `carriesExpiry` accepts, for the caller. */
  expiryRule?: string;
  /** The limit and the end of a promo code may not exceed those of its coupon. */
  codesStayWithinCoupon?: boolean;
  /** The provider takes fixed discounts only with an end: for one invoice or order, or for some months. */
  refusesForeverAmounts?: boolean;
  /** The unit of a repeating duration. */
  durationUnit: DurationUnit;
  /** The allowed text of a promo code. `rule`: what the pattern demands, for the caller. */
  code: { pattern?: RegExp; rule?: string; maxLength: number };
  /** The maximum length of a coupon's name. */
  couponNameLength: number;
  /** The highest `maxRedemptions`; absent: no maximum. */
  maxRedemptions?: number;
  /** `listPromoCodes` requires `couponId`. */
  listsPromoCodesByCoupon?: boolean;
  /** The optional fields of the provider's promo codes. */
  promoCodeFields: ReadonlySet<PromoCodeField>;
  /** The fields that `updatePromoCode` can change. */
  promoCodeChanges: ReadonlySet<PromoCodeChangeField>;
  /** The optional fields of the provider's coupons. */
  couponFields: ReadonlySet<CouponField>;
  /** The fields that `updateCoupon` can change. */
  couponChanges: ReadonlySet<keyof CouponChange>;
}

export type PromoCodeField =
  | 'couponId'
  | 'discount'
  | 'currencyOptions'
  | 'maxRedemptions'
  | 'startsAt'
  | 'expiresAt'
  | 'customerId'
  | 'planId'
  | 'firstTransactionOnly'
  | 'minimumOrder'
  | 'minimumOrderOptions'
  | 'metadata';
export type PromoCodeChangeField = 'active' | 'maxRedemptions' | 'startsAt' | 'expiresAt' | 'metadata';
export type CouponField = 'currencyOptions' | 'maxRedemptions' | 'startsAt' | 'expiresAt' | 'metadata';
