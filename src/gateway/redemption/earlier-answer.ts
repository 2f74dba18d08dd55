import type { IdempotentCall } from '../../domain/ledger/idempotency-key.ts';
import type { Lease } from '../../domain/ledger/lease.ts';
import type { Taken } from '../../domain/ledger/requests.ts';
import type { IdempotencyConflict } from '../../domain/redemption/outcomes.ts';
import type { Gateway } from '../core/gateway.ts';
import { type Effect, effect, settledKey, withIdempotencyKey } from '../writes/idempotency.ts';
import { resumeWrite } from '../writes/resume-write.ts';
import { shownUse } from './take-use.ts';

type SubscriptionOperation = 'applyToSubscription' | 'removeFromSubscription';

/**
 * The answer to a call whose idempotency key was used before. A write that an earlier call has sent is finished first.
 * @param operation the write that an earlier call may have sent; absent: such calls send none
 * @returns null if the key is unused, so the call has to be judged
 * @throws {ProviderError} while the outcome of the earlier call is unknown
 */
export async function earlierAnswer(
  gateway: Gateway,
  call: IdempotentCall,
  operation?: SubscriptionOperation,
): Promise<Taken | IdempotencyConflict | null> {
  const state = await settledKey(gateway, call);
  if (state.kind === 'CONFLICT') return { kind: 'IDEMPOTENCY_CONFLICT' };
  if (state.kind === 'COMPLETED') return shownUse(gateway, { kind: 'EFFECT', id: state.resultId, replayed: true });
  const pending = operation && (await gateway.store.pendingWrites.findSent(call, operation));
  if (!pending) return null;
  const answer = await withIdempotencyKey(gateway, call, pending.provider, (lease) =>
    resume(gateway, lease, operation),
  );
  return answer.kind === 'EFFECT' ? shownUse(gateway, answer) : answer.kind === 'UNUSED' ? null : answer;
}

async function resume(
  gateway: Gateway,
  lease: Lease,
  operation: SubscriptionOperation,
): Promise<Effect | { kind: 'UNUSED' }> {
  const resumed = await resumeWrite(gateway, lease, operation);
  return resumed === null ? { kind: 'UNUSED' } : effect(resumed);
}
