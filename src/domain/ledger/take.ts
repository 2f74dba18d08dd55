import type { Instant } from '../promotion/promotion.ts';
import { type Eligible, judge, judgeCustomer, type UseRequest, unavailable } from '../redemption/eligibility.ts';
import { type IdempotencyConflict, invalidInput, type Refusal, refusal, retryAt } from '../redemption/outcomes.ts';
import { type Decision, type LedgerCommand, unchanged } from './command.ts';
import type { IdempotentCall } from './idempotency-key.ts';
import { couponIdOf, prepareUse } from './judged-use.ts';
import { type Lease, LeaseLostError } from './lease.ts';
import type { LedgerState } from './ledger-state.ts';
import type { LedgerUse } from './ledger-use.ts';
import { isClaimedByCustomer } from './own-use.ts';
import { replay, taken } from './replay.ts';
import type { TakeAnswer, TakeMode, Use } from './requests.ts';

/** A hold ends at most this long after its promo code or coupon. Migration 0011 has a trigger with the same value. */
export const GRACE_MS = 15 * 60 * 1000;

/**
 * Takes a use, or changes the order's own hold. An order that has already redeemed gets that redemption.
 * @param newId the ledger id of the use, if it is a new one
 */
export function take(use: Use, mode: TakeMode, call: IdempotentCall | null, newId: string): LedgerCommand<TakeAnswer> {
  return {
    needs: { use, mode, call },
    decide: (state) => replay(state, call) ?? decideUse(state, use, { mode, call, newId }),
  };
}

/**
 * Reserves a use without an end while its provider applies it, for the call that holds the lease. The decision fails
 * with a {@link LeaseLostError} if another process has taken over the lease.
 */
export function reserve(
  use: Use,
  lease: Lease,
  newId: string,
): LedgerCommand<Exclude<TakeAnswer, IdempotencyConflict>> {
  const mode: TakeMode = { as: 'HELD', until: null };
  return {
    needs: { use, mode, lease },
    decide: (state) => {
      const record = state.key(lease)?.record;
      if (record?.token !== lease.token || record.resultId !== null) throw new LeaseLostError();
      return decideUse(state, use, { mode, call: null, newId });
    },
  };
}

interface Taking {
  mode: TakeMode;
  call: IdempotentCall | null;
  newId: string;
}

function decideUse(state: LedgerState, use: Use, taking: Taking): Decision<Exclude<TakeAnswer, IdempotencyConflict>> {
  const prepared = prepareUse(state, use);
  if (prepared.kind === 'REFUSED') return unchanged(prepared);
  const { own, request } = prepared;
  if (own?.status === 'REDEEMED') return repeat(state, use, own, request, taking.call);
  if (own?.heldUntil === null) return unchanged({ kind: 'IN_PROGRESS', provider: request.promotion.provider });
  const verdict = judge(request, state.now);
  if (verdict.kind === 'REFUSED') return unchanged(verdict);
  // The order's own hold does not count as another one.
  const excess = own ? null : excessHold(state, use, taking.mode);
  if (excess) return unchanged(excess);
  return taken(state, takenUse(state, use, own, { request, verdict, ...taking }), taking.call, false);
}

/** Answers an order that has already redeemed. A guest's order can name its customer now. */
function repeat(
  state: LedgerState,
  use: Use,
  own: LedgerUse,
  request: UseRequest,
  call: IdempotentCall | null,
): Decision<Exclude<TakeAnswer, IdempotencyConflict>> {
  const { subscriptionId, customerId } = use;
  if (subscriptionId !== null && subscriptionId !== own.subscriptionId) {
    return unchanged(invalidInput(['subscriptionId'], 'CONTRADICTION', notAppliedTo(own)));
  }
  if (!isClaimedByCustomer(own, use)) return taken(state, own, call, true);
  const refused = judgeCustomer(request);
  return refused ? unchanged(refused) : taken(state, { ...own, customerId }, call, true);
}

function notAppliedTo({ subscriptionId }: LedgerUse): string {
  const how = subscriptionId === null ? 'without a' : 'for another';
  return `The order has redeemed this already, ${how} subscription: cancel that redemption first`;
}

/** The refusal if the customer already has the maximum of open holds; null: it may have another. */
function excessHold(state: LedgerState, { caller, customerId }: Use, mode: TakeMode): Refusal | null {
  if (mode.as !== 'HELD' || mode.mostOpen === undefined) return null;
  const ends = state.holdEnds(caller, customerId);
  const release = ends[ends.length - mode.mostOpen];
  return release === undefined ? null : refusal('TOO_MANY_HOLDS', retryAt(release, state.now));
}

/** The use as it is taken: a new one, or the order's own hold, changed. */
function takenUse(
  state: LedgerState,
  use: Use,
  own: LedgerUse | undefined,
  { request, verdict, mode, newId }: Taking & { request: UseRequest; verdict: Eligible },
): LedgerUse {
  const isReserved = mode.as === 'HELD' && mode.until === null;
  return {
    ...(own ?? newUse(state, use, request, newId)),
    status: mode.as,
    customerId: use.customerId,
    orderAmount: request.order.amount ?? request.ownHold?.amount ?? null,
    discountAmount: verdict.discountAmount,
    subscriptionId: use.subscriptionId,
    heldUntil: mode.as === 'HELD' ? endOf(mode, own, request, state.now) : null,
    replaced: isReserved && own?.heldUntil ? { until: own.heldUntil, terms: own } : null,
    // An existing hold keeps its number, because its customer may already have spent it at the provider.
    takenNumber: isReserved || (mode.as === 'HELD' && !own) ? state.number : (own?.takenNumber ?? null),
    redeemedAt: mode.as === 'REDEEMED' ? state.now : null,
  };
}

function newUse(state: LedgerState, { caller, order }: Use, { promotion }: UseRequest, ledgerId: string) {
  const { id: promotionId, provider, account } = promotion;
  return {
    ledgerId,
    promotionId,
    provider,
    account,
    couponId: couponIdOf(promotion),
    caller,
    orderId: order.id,
    createdAt: state.now,
    providerUseId: null,
    countedNumber: null,
    cancelReason: null,
    cancelledAt: null,
  };
}

/**
 * When a new or kept hold ends. An extension is a new promise, so it needs a promotion that is still available. Null:
 * the use is reserved and has no end.
 */
function endOf(
  { until, keepsEnd }: TakeMode & { as: 'HELD' },
  own: LedgerUse | undefined,
  request: UseRequest,
  now: Instant,
): Instant | null {
  if (until === null) return null;
  if (own && (keepsEnd || unavailable(request, now))) return own.heldUntil;
  const ends = [request.promotion, request.coupon].flatMap((one) => one?.expiresAt ?? []);
  return Math.min(until, ...ends.map((end) => end + GRACE_MS));
}
