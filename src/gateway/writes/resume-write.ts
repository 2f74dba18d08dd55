import type { Lease } from '../../domain/ledger/lease.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import type { PendingWrite } from '../../store/writes/pending-write-row.ts';
import type { Operation } from '../../store/writes/write-request.ts';
import type { Gateway } from '../core/gateway.ts';
import type { ProviderWrite } from '../provider-writes/provider-write.ts';
import { inDoubt, unknownOutcome } from '../provider-writes/unknown-outcome.ts';
import { writeOf } from '../provider-writes/write-of.ts';
import { isRepeatedSafely, type Outcome, reconcile, unknownYet } from './reconcile.ts';
import { dismiss, finish, sendAgain } from './send-write.ts';

/**
 * Finishes the write that an earlier call under the same key has sent. Runs before the input is judged, because the
 * effect of the earlier call decides the answer.
 * @returns the id of the object that the write made or changed; null: no such write was sent, or it had no effect, so
 *   the input is judged as new
 * @throws {ProviderError} while the outcome is unknown. With reason REPLACED it stays unknown: a later change of the
 *   same object may have replaced the effect, and the key stays in use
 */
export async function resumeWrite(gateway: Gateway, lease: Lease, operation: Operation): Promise<string | null> {
  const pending = await gateway.store.pendingWrites.findSent(lease, operation);
  if (!pending) return null;
  const provider = gateway.accounts.find(pending.provider, pending.account);
  const write = provider && writeOf(gateway, provider, pending);
  if (!write) throw unknownOutcome(pending.provider);
  if (!write.reconcile) return repeat(gateway, pending, lease, write);
  const outcome = await lookForEffect(gateway, pending, write);
  switch (outcome) {
    case 'NOT_MADE':
      await dismiss(gateway, pending.id, lease, write);
      return null;
    case 'REPLACED':
      throw replaced(pending);
    case 'UNDECIDABLE':
      throw unknownOutcome(pending.provider);
    case 'LATER':
      if (!isRepeatedSafely(gateway, pending, write)) throw unknownYet(gateway, pending);
      return repeat(gateway, pending, lease, write);
    default:
      return finish(gateway, pending.id, lease, write, outcome);
  }
}

/** A failed search does not show what the write did. */
async function lookForEffect(gateway: Gateway, pending: PendingWrite, write: ProviderWrite): Promise<Outcome> {
  try {
    return await reconcile(gateway, pending, write);
  } catch (error) {
    throw error instanceof ProviderError ? inDoubt(error) : error;
  }
}

/** Sends a write again. Its provider recognizes it, so it has no second effect. */
async function repeat(gateway: Gateway, pending: PendingWrite, lease: Lease, write: ProviderWrite): Promise<string> {
  if (!pending.request || !isRepeatedSafely(gateway, pending, write)) throw unknownOutcome(pending.provider);
  const { provider, account, request } = pending;
  const id = await gateway.store.pendingWrites.record({ provider, account, call: lease, request }, gateway.clock());
  return sendAgain(gateway, id, lease, write);
}

function replaced({ provider }: PendingWrite): ProviderError {
  const facts = { unchanged: false, reason: 'REPLACED' } as const;
  return new ProviderError(provider, 'REJECTED', 'a later change was sent before the outcome was known', facts);
}
