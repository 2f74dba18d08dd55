import type { Provider } from '../../domain/provider/provider.ts';
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
  const due: Provider[] = [];
  for (const provider of gateway.accounts.all().filter(canSynchronise)) {
    if (await isDue(gateway, provider)) due.push(provider);
  }
  const outcomes = await Promise.allSettled(
    due.map((provider) => synchronise(gateway, provider, { ...listener, signal })),
  );
  return outcomes.map((outcome) => {
    if (outcome.status === 'fulfilled') return outcome.value;
    if (outcome.reason instanceof ProviderError) return null;
    throw outcome.reason;
  });
}

async function isDue({ store, clock, syncEveryMs }: Gateway, { name, account }: Provider): Promise<boolean> {
  const finishedAt = await store.syncRounds.finishedAt({ provider: name, account });
  const age = finishedAt === null ? null : clock() - finishedAt;
  // A negative age means that the clock was ahead when the round ended.
  return age === null || age < 0 || age >= syncEveryMs;
}
