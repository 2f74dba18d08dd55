import { redemptionId } from '../../domain/promotion/identity.ts';
import type { Redemption } from '../../domain/redemption/redemption.ts';
import type { RedemptionRow } from '../tables.ts';

/** Converts a row of the ledger. */
export function toRedemption(row: RedemptionRow): Redemption {
  return {
    kind: 'Redemption',
    id: redemptionId(row.ledger_id),
    status: row.status,
    promotionId: row.promotion_id,
    customerId: row.customer_id,
    orderId: row.order_id,
    orderAmount:
      row.order_minor === null || row.order_currency === null
        ? null
        : { minorUnits: row.order_minor, currency: row.order_currency },
    discountAmount:
      row.discount_minor === null || row.discount_currency === null
        ? null
        : { minorUnits: row.discount_minor, currency: row.discount_currency },
    subscriptionId: row.subscription_id,
    providerUseId: row.provider_use_id,
    countedByProvider: row.counted_sequence !== null,
    cancelReason: row.cancel_reason,
    createdAt: row.created_at,
    heldUntil: row.held_until,
    redeemedAt: row.redeemed_at,
    cancelledAt: row.cancelled_at,
  };
}
