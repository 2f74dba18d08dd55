import type { Lease } from '../../domain/ledger/lease.ts';
import { LeaseLostError } from '../../domain/ledger/lease.ts';
import type { Provider } from '../../domain/provider/provider.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import type { AnswerMoment } from '../../store/promotions/answer-moment.ts';
import type { NewPendingWrite } from '../../store/writes/pending-write-row.ts';
import { accountOf } from '../core/accounts.ts';
import type { Gateway } from '../core/gateway.ts';
import type { Answered, ProviderWrite } from '../provider-writes/provider-write.ts';
import { inDoubt } from '../provider-writes/unknown-outcome.ts';
import { readIfDue } from '../reading/refresh-promotion.ts';
import { tryOrReport, whileLeased } from './keep-lease.ts';
import { recordHistory } from './record-history.ts';

/**
 * Records a write as pending, sends it and records its answer. An earlier write under the same key has to be resumed
 * first (`resumeWrite`).
 * @returns the id of the object that it made or changed
 * @throws {ProviderError}
 * @throws {LeaseLostError} when another process has taken the key over
 */
export async function sendWrite(
  gateway: Gateway,
  provider: Provider,
  lease: Lease,
  write: ProviderWrite,
): Promise<string> {
  const request = write.lookBefore ? await write.lookBefore() : write.request;
  const id = await gateway.store.pendingWrites.record(intentOf(provider, lease, request), gateway.clock());
  return sendIntent(gateway, id, lease, write);
}

/** A write as it is recorded before it is sent. */
export function intentOf<Request>(provider: Provider, call: Lease, request: Request) {
  return { ...accountOf(provider), call, request } satisfies Omit<NewPendingWrite, 'request'> & { request: Request };
}

/**
 * Sends a write that is recorded as pending, and records its answer. The lease is checked right before the request is
 * written. A process that is paused between this check and the network can still send the request after it has lost the
 * lease. The write then has only one effect if the provider recognizes its idempotency key, or refuses a taken code.
 * Some providers do neither for coupons.
 * @throws {ProviderError}
 * @throws {LeaseLostError} when another process has taken the key over: that process reconciles the write
 */
export async function sendIntent(gateway: Gateway, id: string, lease: Lease, write: ProviderWrite): Promise<string> {
  let answered: Answered;
  try {
    answered = await sendLeased(gateway, id, lease, write);
  } catch (error) {
    if (error instanceof LeaseLostError) throw error;
    if (error instanceof ProviderError && error.unchanged) await dismiss(gateway, id, lease, write);
    else await markInDoubt(gateway, id, lease, { write, error });
    throw error;
  }
  return finish(gateway, id, lease, write, answered, 'WRITE');
}

/**
 * Sends a write again whose first try has an unknown outcome.
 * @throws {ProviderError} never `unchanged`: a refusal of this try does not show what the first one did
 * @throws {LeaseLostError}
 */
export async function sendAgain(gateway: Gateway, id: string, lease: Lease, write: ProviderWrite): Promise<string> {
  let answered: Answered;
  try {
    answered = await sendLeased(gateway, id, lease, write);
  } catch (error) {
    if (error instanceof LeaseLostError) throw error;
    await markInDoubt(gateway, id, lease, { write, error });
    throw error instanceof ProviderError ? inDoubt(error) : error;
  }
  // A provider answers a repeated write with its first answer, which may be outdated.
  return finish(gateway, id, lease, write, answered, 'PROOF');
}

function sendLeased({ store }: Gateway, id: string, lease: Lease, write: ProviderWrite): Promise<Answered> {
  return write.send({ intentId: id, beforeSending: () => store.idempotencyKeys.assertLeased(lease) });
}

/**
 * Reports a write that was not in doubt before. If the store cannot be written now, the write is still recorded as pending,
 * and recovery reports it.
 */
function markInDoubt(
  gateway: Gateway,
  id: string,
  lease: Lease,
  { write, error }: { write: ProviderWrite; error: unknown },
): Promise<void> {
  const { store, clock } = gateway;
  const provider = error instanceof ProviderError ? error.provider : null;
  return tryOrReport(gateway, async () => {
    const isNew = await whileLeased(gateway, lease, (db) => store.pendingWrites.markInDoubt(id, clock(), db));
    if (isNew) gateway.reportDoubt({ id, operation: write.request.operation, provider });
  });
}

/**
 * In one transaction: records the answer to a write, completes the idempotency key, and deletes the pending write.
 * @param intentId null: nothing had to be sent
 * @param as WRITE: the answer to the first try. PROOF: it proves the effect, but may describe an older state
 * @returns the id of the object that was made or changed
 */
export async function finish(
  gateway: Gateway,
  intentId: string | null,
  lease: Lease,
  write: ProviderWrite,
  answered: Answered,
  as: 'WRITE' | 'PROOF' = 'PROOF',
): Promise<string> {
  const { store, clock } = gateway;
  const id = await whileLeased(gateway, lease, async (db) => {
    const sending = intentId === null ? null : await store.pendingWrites.sendingOf(intentId, db);
    if (intentId !== null) await store.pendingWrites.complete(intentId, db);
    else await store.pendingWrites.recordLocalChange(write.request, db);
    const sent = sending ?? (await store.promotions.sending(clock(), db));
    const moment = await store.promotions.answered(sent, db);
    const isOverlapped = as === 'WRITE' && sending !== null && sending.isOverlapped;
    const shown: AnswerMoment = { ...moment, as: isOverlapped ? 'OVERLAPPED' : as };
    const record = () => answered.record(shown, db);
    const recorded = await recordHistory(gateway, { request: write.request, lease, isOverlapped, record }, db);
    if (write.request.operation.startsWith('create')) await store.createdHere.add(recorded, db);
    if (!write.isPart) await store.idempotencyKeys.complete(lease, recorded, clock(), db);
    return recorded;
  });
  await write.afterwards?.();
  await readIfDue(gateway, id);
  return id;
}

/** Removes a write that had no effect, as if it had never been sent. */
export function dismiss(gateway: Gateway, intentId: string, lease: Lease, write: ProviderWrite): Promise<void> {
  return whileLeased(gateway, lease, async (db) => {
    await gateway.store.pendingWrites.markUnsent(intentId, db);
    await write.undo?.(db);
  });
}
