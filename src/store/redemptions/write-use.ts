import { randomUUID } from 'node:crypto';
import type { Instant } from '../../domain/promotion/promotion.ts';
import { type Eligible, type UseRequest, unavailable } from '../../domain/redemption/eligibility.ts';
import type { RedemptionRow } from '../tables.ts';
import type { TakeMode, Use } from './ledger-commands.ts';
import { replacedHoldText } from './replaced-hold.ts';
import { couponIdOf } from './use-requests.ts';
import type { Uses } from './uses.ts';

/** A hold ends at most this long after its promo code or coupon, in milliseconds. A trigger of the store says the same. */
const GRACE = 15 * 60 * 1000;

/** Writes a use that was judged, on the order's own hold where it has one, and tells the ledger key. */
export function writeUse(
  uses: Uses,
  use: Use,
  own: RedemptionRow | undefined,
  { request, mode, verdict, now }: { request: UseRequest; mode: TakeMode; verdict: Eligible; now: Instant },
): string {
  const { promotion, order, customerId, ownHold } = request;
  const amount = order.amount ?? ownHold?.amount ?? null;
  const isAside = mode.as === 'HELD' && mode.until === null;
  const columns = {
    customer_id: customerId,
    order_minor: amount?.minorUnits ?? null,
    order_currency: amount?.currency ?? null,
    discount_minor: verdict.discountAmount?.minorUnits ?? null,
    discount_currency: verdict.discountAmount?.currency ?? null,
    subscription_id: use.subscriptionId,
    held_until: mode.as === 'HELD' ? endOf(mode, own, request, now) : null,
    held_before: isAside ? (own?.held_until ?? null) : null,
    hold_before: isAside && own ? replacedHoldText(own) : null,
    // A hold that is kept may have been spent at the provider since it was first made.
    taken_sequence: isAside || (mode.as === 'HELD' && !own) ? uses.takenNow() : (own?.taken_sequence ?? null),
  };
  if (own) {
    uses.update(own, columns);
    // The hold has its use: no limit that was lowered since stands in the way.
    if (mode.as === 'REDEEMED') uses.redeem(own, false, now);
    return own.ledger_id;
  }
  const counted = { promotion_id: promotion.id, coupon_id: couponIdOf(promotion) };
  if (!uses.take(counted, mode.as === 'HELD' ? 'held' : 'uncounted')) {
    throw new Error(`${promotion.id} has no use left, though it was judged to have one`);
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
 * When a hold ends that is made or kept now. To hold on for longer is a new promise: it is made only while anybody could
 * use the promotion.
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
  return Math.min(until, ...ends.map((end) => end + GRACE));
}
