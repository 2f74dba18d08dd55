import { randomUUID } from 'node:crypto';
import type { Instant } from '../../domain/promotion/promotion.ts';
import { type Eligible, type UseRequest, unavailable } from '../../domain/redemption/eligibility.ts';
import type { RedemptionRow } from '../tables.ts';
import type { TakeMode, Use } from './ledger-commands.ts';
import { replacedHoldText } from './replaced-hold.ts';
import { couponIdOf } from './use-requests.ts';
import type { Uses } from './uses.ts';

/** A hold ends at most this long after its promo code or coupon. Migration 0011 has a trigger with the same value. */
const GRACE_MS = 15 * 60 * 1000;

/** Writes an eligible use. Changes the order's own hold, if there is one. @returns the ledger id */
export function writeUse(
  uses: Uses,
  use: Use,
  own: RedemptionRow | undefined,
  { request, mode, verdict, now }: { request: UseRequest; mode: TakeMode; verdict: Eligible; now: Instant },
): string {
  const { promotion, order, customerId, ownHold } = request;
  const amount = order.amount ?? ownHold?.amount ?? null;
  const isReserved = mode.as === 'HELD' && mode.until === null;
  const columns = {
    customer_id: customerId,
    order_minor: amount?.minorUnits ?? null,
    order_currency: amount?.currency ?? null,
    discount_minor: verdict.discountAmount?.minorUnits ?? null,
    discount_currency: verdict.discountAmount?.currency ?? null,
    subscription_id: use.subscriptionId,
    held_until: mode.as === 'HELD' ? endOf(mode, own, request, now) : null,
    held_before: isReserved ? (own?.held_until ?? null) : null,
    hold_before: isReserved && own ? replacedHoldText(own) : null,
    // An existing hold keeps its number, because its customer may already have spent it at the provider.
    taken_sequence: isReserved || (mode.as === 'HELD' && !own) ? uses.takenNow() : (own?.taken_sequence ?? null),
  };
  if (own) {
    uses.update(own, columns);
    // The hold already has its use, even if the limit was lowered since.
    if (mode.as === 'REDEEMED') uses.redeem(own, false, now);
    return own.ledger_id;
  }
  const counted = { promotion_id: promotion.id, coupon_id: couponIdOf(promotion) };
  if (!uses.take(counted, mode.as === 'HELD' ? 'held' : 'uncounted')) {
    throw new Error(`${promotion.id} has no remaining use, although the verdict was eligible`);
  }
  const ledgerId = randomUUID();
  uses.insert({
    ...counted,
    ...columns,
    ledger_id: ledgerId,
    status: mode.as,
    provider: promotion.provider,
    account: promotion.account,
    caller: use.caller,
    order_id: order.id,
    created_at: now,
    redeemed_at: mode.as === 'REDEEMED' ? now : null,
  });
  return ledgerId;
}

/**
 * When a new or kept hold ends. An extension is a new promise, so it needs a promotion that is still available. Null:
 * the use is reserved and has no end.
 */
function endOf(
  { until, keepsEnd }: TakeMode & { as: 'HELD' },
  own: RedemptionRow | undefined,
  request: UseRequest,
  now: Instant,
): Instant | null {
  if (until === null) return null;
  if (own && (keepsEnd || unavailable(request, now))) return own.held_until;
  const ends = [request.promotion, request.coupon].flatMap((one) => one?.expiresAt ?? []);
  return Math.min(until, ...ends.map((end) => end + GRACE_MS));
}
