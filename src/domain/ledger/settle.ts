import type { Instant } from '../promotion/promotion.ts';
import { type Conflict, conflict, notFound } from '../redemption/outcomes.ts';
import type { Redemption } from '../redemption/redemption.ts';
import { type LedgerCommand, unchanged } from './command.ts';
import type { IdempotentCall } from './idempotency-key.ts';
import { withFinalAmount } from './judged-use.ts';
import type { LedgerState } from './ledger-state.ts';
import { isUseOf, type LedgerUse, toRedemption } from './ledger-use.ts';
import { replay, taken } from './replay.ts';
import type { CancelAnswer, ConfirmAnswer, Confirmation, RedemptionActor } from './requests.ts';

const IS_APPLIED_NOW = 'The provider is applying this redemption';

/**
 * Redeems an open hold, even if its promotion has ended since. A final amount that is refused leaves the hold open.
 * `countedByProvider` frees a use once the provider's count is read, so it has an effect only for callers that may manage
 * promotions.
 */
export function confirm(
  { ledgerId, countedByProvider, finalAmount }: Confirmation,
  by: RedemptionActor,
  call: IdempotentCall | null,
): LedgerCommand<ConfirmAnswer> {
  const isCounted = countedByProvider && by.mayManage;
  return {
    needs: { ledgerId, call, mayCount: isCounted, usesOfSameOrder: finalAmount !== null },
    decide: (state) => {
      const earlier = replay(state, call);
      if (earlier) return earlier;
      const use = visibleUse(state, ledgerId, by);
      if (!use) return unchanged(notFound('No such redemption'));
      if (use.status !== 'HELD') {
        return unchanged(conflictWith(use, `The redemption is ${use.status}: only a hold can be confirmed`, state));
      }
      if (use.heldUntil === null) return unchanged(conflictWith(use, IS_APPLIED_NOW, state));
      const priced = finalAmount ? withFinalAmount(state, use, finalAmount, by) : use;
      if ('reason' in priced) return unchanged(priced);
      return taken(state, redeemed(state, priced, isCounted), call, false);
    },
  };
}

/**
 * Gives a use back. A use that the provider has counted stays counted, because no provider lowers its count. A use that
 * the provider has applied must be ended there first.
 */
export function cancel(
  ledgerId: string,
  reason: string | null,
  by: RedemptionActor,
  call: IdempotentCall | null,
): LedgerCommand<CancelAnswer> {
  return {
    needs: { ledgerId, call },
    decide: (state) => {
      const earlier = replay(state, call);
      if (earlier) return earlier;
      const use = visibleUse(state, ledgerId, by);
      if (!use) return unchanged(notFound('No such redemption'));
      const { status, heldUntil, providerUseId } = use;
      if (status === 'CANCELLED' || status === 'EXPIRED') {
        return unchanged(conflictWith(use, `The redemption is ${status}`, state));
      }
      if (status === 'HELD' && heldUntil === null) return unchanged(conflictWith(use, IS_APPLIED_NOW, state));
      if (providerUseId !== null) return unchanged({ kind: 'STANDS_AT_PROVIDER' });
      return taken(state, givenBack(use, reason, state.now), call, false);
    },
  };
}

/** Releases holds that have ended. @returns the holds that the batch has released */
export function releaseHolds(): LedgerCommand<Redemption[]> {
  return {
    needs: { lapsedHolds: true },
    decide: (state) => unchanged(state.released().map((use) => toRedemption(use, state.now))),
  };
}

/** A hold as it is redeemed. The provider counts it from the current moment, or only the gateway does. */
export function redeemed(state: LedgerState, use: LedgerUse, isCounted: boolean): LedgerUse {
  const countedNumber = isCounted ? state.number : null;
  return { ...use, status: 'REDEEMED', redeemedAt: state.now, heldUntil: null, countedNumber };
}

/** A use as it is given back. A use that the provider has counted stays in the provider's count. */
export function givenBack(use: LedgerUse, cancelReason: string | null, now: Instant): LedgerUse {
  return { ...use, status: 'CANCELLED', cancelReason, cancelledAt: now, heldUntil: null };
}

function conflictWith(use: LedgerUse, message: string, { now }: LedgerState): Conflict {
  return conflict(message, toRedemption(use, now));
}

/**
 * The use that a caller wants to settle. Undefined for another caller's, as if it did not exist: guessing ids reveals
 * nothing.
 */
function visibleUse(
  state: LedgerState,
  ledgerId: string,
  { caller, customer, mayManage }: RedemptionActor,
): LedgerUse | undefined {
  const use = state.use(ledgerId);
  return use && isUseOf(use, { caller: mayManage ? use.caller : caller, customer }) ? use : undefined;
}
