import { parsePromotionId, parseRedemptionId } from '../promotion/identity.ts';
import type { IdempotencyConflict } from '../redemption/outcomes.ts';
import { type Decision, unchanged } from './command.ts';
import { completedKey, type IdempotentCall, keyState } from './idempotency-key.ts';
import type { LedgerState } from './ledger-state.ts';
import { type LedgerUse, toRedemption } from './ledger-use.ts';
import type { InProgress, Taken } from './requests.ts';

/** The answer to a call whose idempotency key was used before; null: the key is unused, so the call is judged. */
export function replay(
  state: LedgerState,
  call: IdempotentCall | null,
): Decision<Taken | IdempotencyConflict | InProgress> | null {
  if (!call) return null;
  const key = keyState(state.key(call), call, state.now);
  if (key.kind === 'CONFLICT') return unchanged({ kind: 'IDEMPOTENCY_CONFLICT' });
  if (key.kind === 'IN_PROGRESS') return unchanged(key);
  if (key.kind === 'UNUSED') return null;
  const use = state.use(parseRedemptionId(key.resultId) ?? '');
  if (!use) throw new Error(`The ledger has no use ${key.resultId}, which an idempotency key returns`);
  return unchanged({ kind: 'TAKEN', redemption: toRedemption(use, state.now), replayed: true });
}

/** The decision to record a use and complete the idempotency key. The key of a reserved use is completed later. */
export function taken(
  state: LedgerState,
  use: LedgerUse,
  call: IdempotentCall | null,
  replayed: boolean,
): Decision<Taken> {
  const redemption = toRedemption(use, state.now);
  const provider = use.provider ?? parsePromotionId(use.promotionId)?.provider;
  if (!provider) throw new Error(`${use.promotionId} in the ledger is no promotion's id`);
  const key = call && completedKey(call, { provider, resultId: redemption.id }, state.now);
  return { answer: { kind: 'TAKEN', redemption, replayed }, use, key };
}
