import type { Money } from '../money/money.ts';
import type { Instant } from '../promotion/promotion.ts';

export const REDEMPTION_STATUSES = ['HELD', 'REDEEMED', 'CANCELLED', 'EXPIRED'] as const;
export type RedemptionStatus = (typeof REDEMPTION_STATUSES)[number];

/** The maximum length of a hold. */
export const LONGEST_HOLD_SECONDS = 7 * 24 * 60 * 60;

/** The order that a promotion is used for, as the caller describes it. */
export interface Order {
  id: string | null;
  amount: Money | null;
  /** The total of the products that the promotion applies to. Absent: unknown. */
  eligibleAmount?: Money;
  planId: string | null;
  firstTransaction: boolean;
}

/** One use of a promotion: a row of the ledger. */
export interface Redemption {
  kind: 'Redemption';
  id: string;
  status: RedemptionStatus;
  /** The id of the promo code or coupon. */
  promotionId: string;
  /** The caller that took the use. */
  caller: string;
  customerId: string | null;
  orderId: string | null;
  orderAmount: Money | null;
  /** Null for a percentage if the order's amount is unknown. */
  discountAmount: Money | null;
  subscriptionId: string | null;
  /** The provider's id of the use on that subscription. */
  providerUseId: string | null;
  /** The provider's own count includes this use. */
  countedByProvider: boolean;
  cancelReason: string | null;
  createdAt: Instant;
  heldUntil: Instant | null;
  redeemedAt: Instant | null;
  cancelledAt: Instant | null;
}
