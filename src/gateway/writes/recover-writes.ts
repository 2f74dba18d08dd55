import type { Lease } from '../../domain/ledger/lease.ts';
import { LeaseLostError } from '../../domain/ledger/lease.ts';
import type { Instant } from '../../domain/promotion/promotion.ts';
import type { Provider } from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import type { PendingWrite } from '../../store/writes/pending-write-row.ts';
import { LONGEST_WAIT_MS } from '../../store/writes/pending-writes.ts';
import type { Gateway } from '../core/gateway.ts';
import type { ProviderWrite } from '../provider-writes/provider-write.ts';
import { writeOf } from '../provider-writes/write-of.ts';
import { takeOverLease, whileLeased } from './keep-lease.ts';
import { isRepeatedSafely, reconcile } from './reconcile.ts';
import { dismiss, finish, sendAgain } from './send-write.ts';

/**
 * The outcome of a write whose answer was lost. FINISHED: its effect is recorded now. NOT_MADE: it had no effect.
 * LATER: the outcome is not known yet, or the provider does not answer. IN_DOUBT: only a person who looks at the
 * provider can decide.
 */
export type RecoveryOutcome = 'FINISHED' | 'NOT_MADE' | 'LATER' | 'IN_DOUBT';

/** A write that recovery has handled. */
export interface Recovered {
  intent: PendingWrite;
  outcome: RecoveryOutcome;
}

/** The wait after the first search that found nothing. It doubles each time. */
const FIRST_WAIT_MS = 15_000;

/**
 * Reconciles writes whose answers were lost, in any process, and finishes them. Skips writes whose call still runs.
 * Handles one write after the other, so it uses little of a provider's rate limit.
 * @param options.left the writes to reconcile; absent: those that are due
 * @param options.signal stops it after the current write
 */
export async function recover(
  gateway: Gateway,
  options: { left?: PendingWrite[]; signal?: AbortSignal } = {},
): Promise<Recovered[]> {
  const recovered: Recovered[] = [];
  for (const intent of options.left ?? (await gateway.store.pendingWrites.due(gateway.clock()))) {
    if (options.signal?.aborted) break;
    const outcome = await recoverOne(gateway, intent);
    if (outcome) recovered.push({ intent, outcome });
  }
  return recovered;
}

/** @returns null if the call of the write still runs, or the write is no longer pending */
async function recoverOne(gateway: Gateway, { id, call }: PendingWrite): Promise<RecoveryOutcome | null> {
  await using lease = await takeOverLease(gateway, call);
  if (!lease) return null;
  const intent = await gateway.store.pendingWrites.get(id);
  if (!intent) return null;
  try {
    const provider = gateway.accounts.find(intent.provider, intent.account);
    const outcome = provider ? await findOut(gateway, provider, intent, lease) : 'LATER';
    if (outcome === 'IN_DOUBT' || outcome === 'LATER') await keepInDoubt(gateway, intent, lease, outcome);
    if (outcome === 'FINISHED') await countUse(gateway, intent);
    return outcome;
  } catch (error) {
    // Another process has taken the key over meanwhile.
    if (error instanceof LeaseLostError) return null;
    throw error;
  }
}

async function countUse({ store, clock, countRecoveredUse }: Gateway, { request }: PendingWrite): Promise<void> {
  const redemptionId = request && 'redemptionId' in request ? request.redemptionId : null;
  const redemption = redemptionId === null ? null : await store.redemptions.get(redemptionId, clock());
  if (redemption) countRecoveredUse(redemption);
}

/** Reports a write that was not in doubt before: its process died. */
async function keepInDoubt(
  gateway: Gateway,
  intent: PendingWrite,
  lease: Lease,
  outcome: 'IN_DOUBT' | 'LATER',
): Promise<void> {
  const now = gateway.clock();
  const nextLookAt = outcome === 'LATER' ? nextLook(now, intent) : null;
  const { id, operation, provider } = intent;
  const isNew = await whileLeased(gateway, lease, (db) =>
    gateway.store.pendingWrites.scheduleReconciliation(id, nextLookAt, now, db),
  );
  if (isNew) gateway.reportDoubt({ id, operation, provider });
}

async function findOut(
  gateway: Gateway,
  provider: Provider,
  intent: PendingWrite,
  lease: Lease,
): Promise<RecoveryOutcome> {
  try {
    const write = writeOf(gateway, provider, intent);
    if (!write) return 'IN_DOUBT';
    return write.reconcile
      ? await byLooking(gateway, intent, write, lease)
      : await bySending(gateway, intent, write, lease);
  } catch (error) {
    if (error instanceof ProviderError) return 'LATER';
    throw error;
  }
}

async function byLooking(
  gateway: Gateway,
  intent: PendingWrite,
  write: ProviderWrite,
  lease: Lease,
): Promise<RecoveryOutcome> {
  const outcome = await reconcile(gateway, intent, write);
  if (outcome === 'UNDECIDABLE' || outcome === 'REPLACED') return 'IN_DOUBT';
  if (outcome === 'LATER') return outcome;
  if (outcome === 'NOT_MADE') {
    await dismiss(gateway, intent.id, lease, write);
    return outcome;
  }
  await finish(gateway, intent.id, lease, write, outcome);
  return 'FINISHED';
}

/** The provider recognizes a write by its id, and repeats its first answer, for as long as it stores the id. */
async function bySending(
  gateway: Gateway,
  intent: PendingWrite,
  write: ProviderWrite,
  lease: Lease,
): Promise<RecoveryOutcome> {
  if (!isRepeatedSafely(gateway, intent, write)) return 'IN_DOUBT';
  try {
    await sendAgain(gateway, intent.id, lease, write);
    return 'FINISHED';
  } catch (error) {
    // A refusal of the second try does not show what the first did.
    if (error instanceof ProviderError && isRefusal(error.cause)) return 'IN_DOUBT';
    throw error;
  }
}

function isRefusal(cause: unknown): boolean {
  return cause instanceof ProviderError && cause.kind === 'REJECTED';
}

function nextLook(now: Instant, { tries }: PendingWrite): Instant {
  return now + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries);
}
