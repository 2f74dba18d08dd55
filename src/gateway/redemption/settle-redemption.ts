import { parseRedemptionId } from '../../domain/promotion/identity.ts';
import { type Conflict, type IdempotencyConflict, type NotFound, notFound } from '../../domain/redemption/results.ts';
import type { InProgress, Settler, Taken } from '../../store/redemptions/ledger.ts';
import type { IdempotentCall } from '../../store/writes/idempotency-keys.ts';
import type { Gateway } from '../core/gateway.ts';
import { isWithinReach } from '../reading/read-redemption.ts';
import { awaitLease, unreached, type Writer } from '../writes/idempotency.ts';

export type SettledAnswer = Taken | NotFound | Conflict | IdempotencyConflict;

/** Who confirms or cancels, under which idempotency key. */
export type SettlingWriter = Writer & Settler;

/** What confirming and cancelling have in common: finding the redemption and waiting for its key. */
export async function settleRedemption<Answer>(
  gateway: Gateway,
  id: string,
  call: IdempotentCall | null,
  settle: (ledgerId: string) => Promise<Answer | InProgress>,
): Promise<Answer | NotFound | Conflict | IdempotencyConflict> {
  const ledgerId = parseRedemptionId(id);
  const redemption = gateway.store.redemptions.get(id);
  if (ledgerId === null || (redemption && !isWithinReach(gateway, redemption))) {
    return call ? unreached(gateway, call, 'No such redemption') : notFound('No such redemption');
  }
  return awaitLease(gateway, () => settle(ledgerId));
}
