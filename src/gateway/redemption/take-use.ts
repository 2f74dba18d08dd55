import type { IdempotentCall } from '../../domain/ledger/idempotency-key.ts';
import type { TakeMode, Taken, Use } from '../../domain/ledger/requests.ts';
import type { IdempotencyConflict, InvalidInput, Refusal } from '../../domain/redemption/outcomes.ts';
import type { Gateway } from '../core/gateway.ts';
import type { Effect } from '../writes/idempotency.ts';
import { awaitLease } from '../writes/keep-lease.ts';

export type { Taken };

/**
 * Lets the ledger judge a use and take it, in one transaction.
 * @throws {ProviderError} TIMED_OUT when another call works on the same use for too long
 */
export async function takeUse(
  gateway: Gateway,
  use: Use,
  { mode, call }: { mode: TakeMode; call: IdempotentCall | null },
): Promise<Taken | Refusal | InvalidInput | IdempotencyConflict> {
  return awaitLease(gateway, () => gateway.store.ledger.take(use, mode, call, gateway.clock()));
}

/** A use that a write has taken or changed, as it is now. */
export async function shownUse(gateway: Gateway, { id, replayed }: Effect): Promise<Taken> {
  const redemption = await gateway.store.redemptions.get(id, gateway.clock());
  if (!redemption) throw new Error(`The redemption ${id} is not in the ledger`);
  return { kind: 'TAKEN', redemption, replayed };
}
