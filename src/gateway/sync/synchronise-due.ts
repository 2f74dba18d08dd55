import { ProviderError } from '../../domain/provider/provider-error.ts';
import type { Gateway } from '../core/gateway.ts';
import { canSynchronise, type SyncListener, type SyncOutcome, synchronise } from './synchronise.ts';

/**
 * Synchronises the accounts whose last complete round is old, or that stopped half-way, in parallel: one that is slow or
 * does not answer delays no other. Those that do not answer continue at the next call.
 */
export async function synchroniseDue(
  gateway: Gateway,
  signal: AbortSignal,
  listener: SyncListener = {},
): Promise<(SyncOutcome | null)[]> {
  const due = gateway.accounts.all().filter((provider) => {
    const finishedAt = gateway.store.syncRounds.finishedAt({ provider: provider.name, account: provider.account });
    const age = finishedAt === null ? null : gateway.clock() - finishedAt;
    // A round that ended in the future was timed by a clock that was ahead: its age is unknown.
    const isDue = age === null || age < 0 || age >= gateway.syncEveryMs;
    return canSynchronise(provider) && isDue;
  });
  const outcomes = await Promise.allSettled(
    due.map((provider) => synchronise(gateway, provider, { ...listener, signal })),
  );
  return outcomes.map((outcome) => {
    if (outcome.status === 'fulfilled') return outcome.value;
    if (outcome.reason instanceof ProviderError) return null;
    throw outcome.reason;
  });
}
