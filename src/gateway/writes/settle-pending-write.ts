import { type Provider, ProviderError } from '../../domain/provider/provider.ts';
import type { Lease } from '../../store/writes/idempotency-keys.ts';
import type { PendingWrite } from '../../store/writes/pending-writes.ts';
import { isRequestOf, type Operation, type WriteRequestOf } from '../../store/writes/write-request.ts';
import type { Gateway } from '../core/gateway.ts';
import { dismiss, finish, inDoubt, lookFor, sendIntent, unknownOutcome, unknownYet, type Write } from './send-write.ts';

/** How a write is found out about and recorded; null: its provider cannot do it any more. */
type WriteOf<Name extends Operation, Answer> = (
  provider: Provider,
  request: WriteRequestOf<Name>,
) => Write<Answer> | null;

/**
 * Ends the write that an earlier call under the same key has sent, before anything of the input is judged again: what it
 * did decides, not what the call would be answered now. Null: no such write was sent, or it is known to have done
 * nothing, so that the input may be judged as new.
 * @returns the id of what it has made or changed
 * @throws {ProviderError} while its outcome is not known; for good, with reason REPLACED, where a later change of the
 *   same object may have replaced what it did: the key stays taken
 */
export async function settleLeft<Name extends Operation, Answer>(
  gateway: Gateway,
  lease: Lease,
  operation: Name,
  writeOf: WriteOf<Name, Answer>,
): Promise<string | null> {
  const left = gateway.store.pendingWrites.findSent(lease, operation);
  if (!left) return null;
  const provider = gateway.accounts.find(left.provider, left.account);
  const write = provider && left.request && isRequestOf(left.request, operation) && writeOf(provider, left.request);
  if (!write) throw unknownOutcome(left.provider);
  if (!write.find) return sendAgain(gateway, left, lease, write);
  const found = await lookFor(gateway, left, write.find).catch((error: unknown) => {
    // A failed look says nothing about what the write did.
    throw error instanceof ProviderError ? inDoubt(error) : error;
  });
  if (found === 'NOT_MADE') {
    dismiss(gateway, left.id, lease, write);
    return null;
  }
  if (found === 'REPLACED') throw replaced(left);
  if (found === 'UNDECIDABLE') throw unknownOutcome(left.provider);
  if (found !== 'LATER') return finish(gateway, left.id, lease, write, found.answer);
  if (!isRepeatedSafely(gateway, left, write)) throw unknownYet(gateway, left);
  return sendAgain(gateway, left, lease, write);
}

/** Sends a write again that the provider knows to be the same one. */
async function sendAgain<Answer>(
  gateway: Gateway,
  left: PendingWrite,
  lease: Lease,
  write: Write<Answer>,
): Promise<string> {
  if (!left.request || !isRepeatedSafely(gateway, left, write)) throw unknownOutcome(left.provider);
  const { provider, account, request } = left;
  const id = gateway.store.pendingWrites.record({ provider, account, call: lease, request }, gateway.clock());
  return sendIntent(gateway, id, lease, write, true);
}

/** Whether a write may be sent again. One that was recorded in the future is younger than the clock was ahead. */
export function isRepeatedSafely<Answer>(
  { clock }: Gateway,
  { since }: PendingWrite,
  { repeatsSafelyFor }: Write<Answer>,
): boolean {
  return Math.abs(clock() - since) < repeatsSafelyFor;
}

function replaced({ provider }: PendingWrite): ProviderError {
  const facts = { unchanged: false, reason: 'REPLACED' } as const;
  return new ProviderError(provider, 'REJECTED', 'a later change was sent before the outcome was known', facts);
}
