import type { IdempotencyConflict, InvalidInput, Refusal } from '../../domain/redemption/results.ts';
import type { Taken, Taking, Use } from '../../store/redemptions/ledger.ts';
import type { IdempotentCall } from '../../store/writes/idempotency-keys.ts';
import type { Gateway } from '../core/gateway.ts';
import { awaitLease } from '../writes/idempotency.ts';
import { expireHolds } from './expire-holds.ts';

/** What a key that was used before answers; null when the use is still to be taken. */
export async function earlierUse(gateway: Gateway, call: IdempotentCall): Promise<Taken | IdempotencyConflict | null> {
  expireHolds(gateway);
  const state = await awaitLease(gateway, () => gateway.store.idempotencyKeys.state(call, gateway.clock()));
  if (state.kind === 'CONFLICT') return { kind: 'IDEMPOTENCY_CONFLICT' };
  if (state.kind === 'UNUSED') return null;
  return shownUse(gateway, state.resultId, true);
}

/** A use as it is now. */
export function shownUse(gateway: Gateway, id: string, replayed: boolean): Taken {
  const redemption = gateway.store.redemptions.get(id);
  if (!redemption) throw new Error(`The redemption ${id} is not in the ledger`);
  return { kind: 'TAKEN', redemption, replayed };
}

/** Takes a use in the ledger. */
export async function takeUse(
  gateway: Gateway,
  use: Use,
  { taking, call }: { taking: Taking; call: IdempotentCall | null },
): Promise<Taken | Refusal | InvalidInput | IdempotencyConflict> {
  return awaitLease(gateway, () => gateway.store.ledger.take(use, taking, call, gateway.clock()));
}
