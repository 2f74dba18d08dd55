import type { Instant } from '../../domain/promotion/promotion.ts';
import { type Provider, ProviderError } from '../../domain/provider/provider.ts';
import type { Lease } from '../../store/writes/idempotency-keys.ts';
import { LONGEST_WAIT, type PendingWrite } from '../../store/writes/pending-writes.ts';
import type { Gateway } from '../core/gateway.ts';
import { takeOverLease } from './idempotency.ts';
import { withLeftWrite } from './pending-write.ts';
import { dismiss, finish, lookFor, sendIntent, type Write, whileHeld } from './send-write.ts';
import { isRepeatedSafely } from './settle-pending-write.ts';

/**
 * What became of a write whose answer was lost. FINISHED: it had its effect, which is recorded now. NOT_MADE: it had
 * none. LATER: the provider cannot tell yet, or is out of reach. IN_DOUBT: only a person who looks there can tell.
 */
export type Outcome = 'FINISHED' | 'NOT_MADE' | 'LATER' | 'IN_DOUBT';

/** A write that recovery has looked at. */
export interface Recovered {
  intent: PendingWrite;
  outcome: Outcome;
}

/** The wait after the first look that told nothing, in milliseconds. It doubles each time. */
const FIRST_WAIT = 15_000;

/**
 * Finds out what became of writes whose answers were lost, of whichever process, and finishes them; those whose call is
 * under way are left alone. One at a time, so that it takes little of a provider's rate.
 * @param options.left absent: those that are due
 * @param options.signal stops it after the write that it is looking for
 */
export async function recover(
  gateway: Gateway,
  options: { left?: PendingWrite[]; signal?: AbortSignal } = {},
): Promise<Recovered[]> {
  const recovered: Recovered[] = [];
  for (const intent of options.left ?? gateway.store.pendingWrites.due(gateway.clock())) {
    if (options.signal?.aborted) break;
    const outcome = await takeOverLease(gateway, intent.call, (lease) => settle(gateway, intent.id, lease));
    if (outcome) recovered.push({ intent, outcome });
  }
  return recovered;
}

async function settle(gateway: Gateway, id: string, lease: Lease): Promise<Outcome | null> {
  const { pendingWrites } = gateway.store;
  const intent = pendingWrites.get(id);
  // It has come to its end since it was listed.
  if (!intent) return null;
  const provider = gateway.accounts.find(intent.provider, intent.account);
  const outcome = provider ? await findOut(gateway, provider, intent, lease) : 'LATER';
  if (outcome !== 'IN_DOUBT' && outcome !== 'LATER') return outcome;
  const now = gateway.clock();
  whileHeld(gateway, lease, () =>
    pendingWrites.scheduleReconciliation(id, outcome === 'LATER' ? nextLook(now, intent) : null, now),
  );
  return outcome;
}

async function findOut(gateway: Gateway, provider: Provider, intent: PendingWrite, lease: Lease): Promise<Outcome> {
  try {
    const outcome = withLeftWrite(gateway, provider, intent, (write) =>
      write.find ? byLooking(gateway, intent, write, lease) : bySending(gateway, intent, write, lease),
    );
    return (await outcome) ?? 'IN_DOUBT';
  } catch (error) {
    if (error instanceof ProviderError) return 'LATER';
    throw error;
  }
}

async function byLooking<Answer>(
  gateway: Gateway,
  intent: PendingWrite,
  write: Write<Answer>,
  lease: Lease,
): Promise<Outcome> {
  const found = await lookFor(gateway, intent, async (left) => (await write.find?.(left)) ?? null);
  if (found === 'UNDECIDABLE' || found === 'REPLACED') return 'IN_DOUBT';
  if (found === 'LATER') return found;
  if (found === 'NOT_MADE') {
    dismiss(gateway, intent.id, lease, write);
    return found;
  }
  await finish(gateway, intent.id, lease, write, found.answer);
  return 'FINISHED';
}

/** The provider knows the write by its id and answers what it did the first time, for as long as it keeps the id. */
async function bySending<Answer>(
  gateway: Gateway,
  intent: PendingWrite,
  write: Write<Answer>,
  lease: Lease,
): Promise<Outcome> {
  if (!isRepeatedSafely(gateway, intent, write)) return 'IN_DOUBT';
  try {
    await sendIntent(gateway, intent.id, lease, write, true);
    return 'FINISHED';
  } catch (error) {
    // Its refusal of the second try says nothing of the first.
    if (error instanceof ProviderError && isRefusal(error.cause)) return 'IN_DOUBT';
    throw error;
  }
}

function isRefusal(cause: unknown): boolean {
  return cause instanceof ProviderError && cause.kind === 'REJECTED';
}

function nextLook(now: Instant, { tries }: PendingWrite): Instant {
  return now + Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** tries);
}
