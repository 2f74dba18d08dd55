import type { Money } from '../money/money.ts';
import type { Instant } from '../promotion/promotion.ts';

export const REDEMPTION_STATUSES = ['HELD', 'REDEEMED', 'CANCELLED', 'EXPIRED'] as const;
export type RedemptionStatus = (typeof REDEMPTION_STATUSES)[number];

/** No hold is longer. */
export const LONGEST_HOLD_SECONDS = 7 * 24 * 60 * 60;

/** The order a promotion is used for, as far as the caller tells it. */
export interface Order {
  id: string | null;
  amount: Money | null;
  /** What the products in it come to that the promotion is for. Absent: nobody told. */
  eligibleAmount?: Money;
  planId: string | null;
  firstTransaction: boolean;
}

/** One use of a promotion: a row of the ledger. */
export interface Redemption {
  kind: 'Redemption';
  id: string;
  status: RedemptionStatus;
  /** The promo code or coupon it uses. */
  promotionId: string;
  customerId: string | null;
  orderId: string | null;
  orderAmount: Money | null;
  /** Null for a percentage of an order whose amount nobody told. */
  discountAmount: Money | null;
  subscriptionId: string | null;
  /** The provider's id of the use on that subscription. */
  providerUseId: string | null;
  /** The provider's own count holds this use. */
  countedByProvider: boolean;
  cancelReason: string | null;
  createdAt: Instant;
  heldUntil: Instant | null;
  redeemedAt: Instant | null;
  cancelledAt: Instant | null;
}
