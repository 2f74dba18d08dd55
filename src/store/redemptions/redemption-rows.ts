import type { Insertable } from 'kysely';
import { z } from 'zod';
import type { LedgerUse, ReplacedHold } from '../../domain/ledger/ledger-use.ts';
import { toRedemption } from '../../domain/ledger/ledger-use.ts';
import type { Money } from '../../domain/money/money.ts';
import type { Instant } from '../../domain/promotion/promotion.ts';
import type { Redemption } from '../../domain/redemption/redemption.ts';
import type { RedemptionRow } from '../tables.ts';
import type { RedemptionTable } from './redemption-table.ts';

/** The redemption in a row, as clients see it at `now`. */
export function redemptionOf(row: RedemptionRow, now: Instant): Redemption {
  return toRedemption(toLedgerUse(row), now);
}

/** The use in a row of the ledger. */
export function toLedgerUse(row: RedemptionRow): LedgerUse {
  return {
    ledgerId: row.ledger_id,
    status: row.status,
    promotionId: row.promotion_id,
    provider: row.provider,
    account: row.account,
    couponId: row.coupon_id,
    caller: row.caller,
    customerId: row.customer_id,
    orderId: row.order_id,
    orderAmount: money(row.order_minor, row.order_currency),
    discountAmount: money(row.discount_minor, row.discount_currency),
    subscriptionId: row.subscription_id,
    providerUseId: row.provider_use_id,
    takenNumber: row.taken_sequence,
    countedNumber: row.counted_sequence,
    cancelReason: row.cancel_reason,
    createdAt: row.created_at,
    heldUntil: row.held_until,
    replaced: row.held_before === null ? null : { until: row.held_before, terms: toTerms(row.hold_before) },
    redeemedAt: row.redeemed_at,
    cancelledAt: row.cancelled_at,
  };
}

/** The row of a use. Its number is not part of it. */
export function toRedemptionRow(use: LedgerUse) {
  return {
    ledger_id: use.ledgerId,
    status: use.status,
    promotion_id: use.promotionId,
    provider: use.provider,
    account: use.account,
    coupon_id: use.couponId,
    caller: use.caller,
    customer_id: use.customerId,
    order_id: use.orderId,
    order_minor: use.orderAmount?.minorUnits ?? null,
    order_currency: use.orderAmount?.currency ?? null,
    discount_minor: use.discountAmount?.minorUnits ?? null,
    discount_currency: use.discountAmount?.currency ?? null,
    subscription_id: use.subscriptionId,
    provider_use_id: use.providerUseId,
    taken_sequence: use.takenNumber,
    counted_sequence: use.countedNumber,
    cancel_reason: use.cancelReason,
    created_at: use.createdAt,
    held_until: use.heldUntil,
    held_before: use.replaced?.until ?? null,
    hold_before: use.replaced && termsText(use.replaced),
    redeemed_at: use.redeemedAt,
    cancelled_at: use.cancelledAt,
  } satisfies Insertable<RedemptionTable>;
}

/** The columns that record a use. */
export type UseRow = ReturnType<typeof toRedemptionRow>;

export const USE_COLUMNS = {
  ledger_id: 'text',
  status: 'text',
  promotion_id: 'text',
  provider: 'text',
  account: 'text',
  coupon_id: 'text',
  caller: 'text',
  customer_id: 'text',
  order_id: 'text',
  order_minor: 'integer',
  order_currency: 'text',
  discount_minor: 'integer',
  discount_currency: 'text',
  subscription_id: 'text',
  provider_use_id: 'text',
  taken_sequence: 'integer',
  counted_sequence: 'integer',
  cancel_reason: 'text',
  created_at: 'integer',
  held_until: 'integer',
  held_before: 'integer',
  hold_before: 'text',
  redeemed_at: 'integer',
  cancelled_at: 'integer',
} as const satisfies Record<keyof UseRow, 'text' | 'integer'>;

const terms = z.object({
  customer_id: z.string().nullable(),
  order_minor: z.number().nullable(),
  order_currency: z.string().nullable(),
  discount_minor: z.number().nullable(),
  discount_currency: z.string().nullable(),
  taken_sequence: z.number().nullable().optional(),
});

/** The JSON in which the terms of a replaced hold are stored. */
function termsText({ terms: replaced }: ReplacedHold): string | null {
  if (replaced === null) return null;
  return JSON.stringify({
    customer_id: replaced.customerId,
    order_minor: replaced.orderAmount?.minorUnits ?? null,
    order_currency: replaced.orderAmount?.currency ?? null,
    discount_minor: replaced.discountAmount?.minorUnits ?? null,
    discount_currency: replaced.discountAmount?.currency ?? null,
    taken_sequence: replaced.takenNumber,
  });
}

/** The terms in that JSON; null: an earlier version of the gateway stored none. */
function toTerms(text: string | null): ReplacedHold['terms'] {
  if (text === null) return null;
  const stored = terms.parse(JSON.parse(text));
  return {
    customerId: stored.customer_id,
    orderAmount: money(stored.order_minor, stored.order_currency),
    discountAmount: money(stored.discount_minor, stored.discount_currency),
    ...(stored.taken_sequence !== undefined && { takenNumber: stored.taken_sequence }),
  };
}

function money(minorUnits: number | null, currency: string | null): Money | null {
  return minorUnits === null || currency === null ? null : { minorUnits, currency };
}
