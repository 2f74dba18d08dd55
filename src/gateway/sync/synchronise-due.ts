import { ProviderError } from '../../domain/provider/provider-error.ts';
import type { Gateway } from '../core/gateway.ts';
import { canSynchronise, type SyncListener, type SyncOutcome, synchronise } from './synchronise.ts';

/**
 * Synchronises, in parallel, the accounts whose last complete round is older than `syncEveryMs`. A provider that does
 * not answer delays no other: its round continues at the next call.
 * @returns the outcome of each; null: its provider failed
 */
export async function synchroniseDue(
  gateway: Gateway,
  signal: AbortSignal,
  listener: SyncListener = {},
): Promise<(SyncOutcome | null)[]> {
  const due = gateway.accounts.all().filter((provider) => {
    const finishedAt = gateway.store.syncRounds.finishedAt({ provider: provider.name, account: provider.account });
    const age = finishedAt === null ? null : gateway.clock() - finishedAt;
    // A negative age means that the clock was ahead when the round ended.
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
