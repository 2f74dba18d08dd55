import { setTimeout as sleep } from 'node:timers/promises';
import type { IdempotencyKey } from '../../domain/ledger/idempotency-key.ts';
import type { Lease } from '../../domain/ledger/lease.ts';
import { LEASE_MS, LeaseLostError } from '../../domain/ledger/lease.ts';
import type { InProgress } from '../../domain/ledger/requests.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import type { Db } from '../../store/engines/engine.ts';
import type { Gateway } from '../core/gateway.ts';

const POLL_MS = 25;

/**
 * Asks the store until no other call has the lease of the key.
 * @param ask what to ask; a new transaction each time
 * @throws {ProviderError} TIMED_OUT when this call has waited for `keyWaitMs`
 */
export async function awaitLease<Answer extends { kind: string }>(
  { keyWaitMs }: Gateway,
  ask: () => Promise<Answer | InProgress> | Answer | InProgress,
): Promise<Answer> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const answer = await ask();
    if (!isInProgress(answer)) return answer;
    if (waitedMs >= keyWaitMs) throw stillRuns(answer);
    await sleep(POLL_MS);
  }
}

function isInProgress(answer: { kind: string }): answer is InProgress {
  return answer.kind === 'IN_PROGRESS';
}

function stillRuns({ provider }: InProgress): ProviderError {
  return new ProviderError(provider, 'TIMED_OUT', 'another call with this idempotency key still runs', {
    unchanged: true,
  });
}

/**
 * Renews a lease of an idempotency key until it is disposed of, then releases the key. No repeat starts before. If the
 * store cannot be written meanwhile, the work continues and the lease lapses.
 */
export function keepLease(gateway: Gateway, lease: Lease): AsyncDisposable {
  const { idempotencyKeys } = gateway.store;
  const renewal = renewLease(gateway, () => idempotencyKeys.renew(lease, gateway.clock));
  return {
    [Symbol.asyncDispose]: async () => {
      await renewal[Symbol.asyncDispose]();
      await tryOrReport(gateway, () => idempotencyKeys.release(lease));
    },
  };
}

/**
 * Takes over the key of a call whose process may have died.
 * @returns the lease, to be disposed of; null: the call runs, or has had its effect
 */
export async function takeOverLease(gateway: Gateway, key: IdempotencyKey): Promise<(Lease & AsyncDisposable) | null> {
  const lease = await gateway.store.idempotencyKeys.takeOver(key, gateway.clock);
  return lease && { ...lease, ...keepLease(gateway, lease) };
}

/**
 * Renews a lease until it is disposed of. A renewal that fails is reported and tried again; one that finds the lease
 * lost is the last. Disposing waits for a renewal that runs, which could otherwise undo a release.
 */
export function renewLease(gateway: Gateway, renew: () => Promise<void>): AsyncDisposable {
  let running: Promise<void> | null = null;
  const timer = setInterval(() => {
    running ??= renew()
      .catch((error: unknown) => {
        if (error instanceof LeaseLostError) clearInterval(timer);
        else gateway.reportBug(error);
      })
      .finally(() => {
        running = null;
      });
  }, LEASE_MS / 3);
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

/** Runs work whose failure must not replace an outcome that is already known: the failure is reported. */
export async function tryOrReport(gateway: Gateway, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    // The process that has taken the lease over does this work.
    if (!(error instanceof LeaseLostError)) gateway.reportBug(error);
  }
}

/**
 * Runs a transaction that begins with the check that the lease is not lost.
 * @throws {LeaseLostError}
 */
export function whileLeased<Result>(
  { store }: Gateway,
  lease: Lease,
  work: (db: Db) => Promise<Result>,
): Promise<Result> {
  return store.transaction(async (db) => {
    await store.idempotencyKeys.assertLeased(lease, db);
    return work(db);
  });
}
