import type { ProviderName } from '../../domain/promotion/promotion.ts';
import { type Provider, ProviderError, type WriteCall } from '../../domain/provider/provider.ts';
import type { AnswerMoment } from '../../store/promotions/answer-moment.ts';
import type { Lease } from '../../store/writes/idempotency-keys.ts';
import { LeaseLostError } from '../../store/writes/leases.ts';
import type { NewPendingWrite, PendingWrite } from '../../store/writes/pending-writes.ts';
import type { WriteRequest } from '../../store/writes/write-request.ts';
import type { Gateway } from '../core/gateway.ts';
import { readIfDue } from '../reading/refresh-promotion.ts';
import { attempt } from './idempotency.ts';

/**
 * What is seen of an earlier try: its answer; nothing, so far; several things of which one may be its; or nothing, while
 * a later change of the same object may have replaced what it did.
 */
export type Found<Answer> = { answer: Answer } | 'UNDECIDABLE' | 'REPLACED' | null;

/** One write to a provider: how it is sent, how it is found out what became of it, and what is recorded of it. */
export interface Write<Answer> {
  request: WriteRequest;
  /** Looks at what stands at the provider before the write, and adds that to the request. Absent: nothing is needed. */
  look?(): Promise<WriteRequest>;
  send(call: WriteCall): Promise<Answer>;
  /** How long after its first try it may be sent again and have its effect once, in milliseconds; 0: it must not be. */
  repeatsSafelyFor: number;
  /** What an earlier try has done. Absent: the provider can only be asked by sending it again. */
  find?(left: PendingWrite): Promise<Found<Answer>>;
  /** The same by the provider's id, as a person tells it who has looked there; null: there is none. */
  named?(providerId: string): Promise<{ answer: Answer } | null>;
  /** Takes the answer in and tells the id of the object that it made or changed. Runs as part of a transaction. */
  record(answer: Answer, moment: AnswerMoment): string;
  /** False where its key is not spent on that object: it is half of what was asked. */
  isWhole?: boolean;
  /** It had no effect: what was set aside for it is given back. Runs as part of a transaction. */
  undo?(): void;
  /** What follows once it is recorded. */
  follow?(): Promise<void> | void;
}

/** "Not there" is believed only by a look that began this long after a write was sent, in milliseconds: it may still be running there. */
export const SETTLED_AFTER = 60_000;

/**
 * Sends a write, recorded as an intent first, and takes in its answer. What an earlier call under the same key has sent
 * is settled before (`settleLeft`).
 * @returns the id of what it made or changed
 * @throws {ProviderError}
 * @throws {LeaseLostError} when another process has taken the key over
 */
export async function sendWrite<Answer>(
  gateway: Gateway,
  provider: Provider,
  lease: Lease,
  write: Write<Answer>,
): Promise<string> {
  const request = write.look ? await write.look() : write.request;
  const id = gateway.store.pendingWrites.record(intentOf(provider, lease, request), gateway.clock());
  return sendIntent(gateway, id, lease, write, false);
}

/** The write as it is recorded before it is sent. */
export function intentOf<Asked>({ name, account }: Provider, call: Lease, request: Asked) {
  return { provider: name, account, call, request } satisfies Omit<NewPendingWrite, 'request'> & { request: Asked };
}

/**
 * Sends a write whose intent is recorded, and takes in its answer. The lease is checked once more right before the
 * request is written. What remains is a process that is paused between that check and the network: a provider that knows
 * an idempotency key (Duro), or a code text that is taken (all of them), then keeps the write from having its effect
 * twice; a coupon at ChatDash has neither.
 * @param isRepeat an earlier try has been sent, with an outcome that is not known
 * @throws {ProviderError}
 * @throws {LeaseLostError} when another process has taken the key over, which finds out what became of the write
 */
export async function sendIntent<Answer>(
  gateway: Gateway,
  id: string,
  lease: Lease,
  write: Write<Answer>,
  isRepeat: boolean,
): Promise<string> {
  const { store, clock } = gateway;
  let answer: Answer;
  try {
    answer = await write.send({ intentId: id, beforeSending: () => store.idempotencyKeys.assertLeased(lease) });
  } catch (error) {
    if (error instanceof LeaseLostError) throw error;
    if (error instanceof ProviderError && error.unchanged && !isRepeat) dismiss(gateway, id, lease, write);
    // A store that cannot be written now changes nothing about what the provider has answered: the intent is there.
    else attempt(gateway, () => whileHeld(gateway, lease, () => store.pendingWrites.markInDoubt(id, clock())));
    // A refusal of the second try says nothing of what the first one did.
    throw error instanceof ProviderError && isRepeat ? inDoubt(error) : error;
  }
  // A provider answers a write that is sent again as it did the first time, whatever has changed since.
  return finish(gateway, id, lease, write, answer, isRepeat ? 'PROOF' : 'WRITE');
}

/**
 * Looks for what an earlier try has done. NOT_MADE: it can be taken to have done nothing, because the look began long
 * enough after it was sent. LATER: it may still be running there.
 */
export async function lookFor<Answer>(
  gateway: Gateway,
  left: PendingWrite,
  find: (left: PendingWrite) => Promise<Found<Answer>>,
): Promise<Exclude<Found<Answer>, null> | 'NOT_MADE' | 'LATER'> {
  const began = gateway.clock();
  const found = await find(left);
  if (found && found !== 'REPLACED') return found;
  if (began < left.sentAt + SETTLED_AFTER) return 'LATER';
  return found ?? 'NOT_MADE';
}

/** Takes the answer to a write in, as one with the end of its key and of its intent; null: nothing had to be sent. */
export async function finish<Answer>(
  gateway: Gateway,
  intentId: string | null,
  lease: Lease,
  write: Write<Answer>,
  answer: Answer,
  as: 'WRITE' | 'PROOF' = 'PROOF',
): Promise<string> {
  const { store, clock } = gateway;
  const id = store.transaction(() => {
    store.idempotencyKeys.assertLeased(lease);
    const sending = intentId === null ? null : store.pendingWrites.sendingOf(intentId);
    if (intentId !== null) store.pendingWrites.complete(intentId);
    else store.pendingWrites.recordLocalChange(write.request);
    const moment = store.promotions.answered(sending ?? store.promotions.sending(clock()));
    const recorded = write.record(answer, {
      ...moment,
      as: as === 'WRITE' && sending?.isOverlapped ? 'OVERLAPPED' : as,
    });
    if (isCreation(write.request)) store.createdHere.add(recorded);
    if (write.isWhole ?? true) store.idempotencyKeys.complete(lease, recorded, clock());
    return recorded;
  });
  await write.follow?.();
  await readIfDue(gateway, id);
  return id;
}

/** The write had no effect: it is as if it had never been sent. */
export function dismiss<Answer>(gateway: Gateway, intentId: string, lease: Lease, write: Write<Answer>): void {
  whileHeld(gateway, lease, () => {
    gateway.store.pendingWrites.markUnsent(intentId);
    write.undo?.();
  });
}

/**
 * Does something in one transaction with the check that the key is still in our hands.
 * @throws {LeaseLostError}
 */
export function whileHeld<Result>({ store }: Gateway, lease: Lease, work: () => Result): Result {
  return store.transaction(() => {
    store.idempotencyKeys.assertLeased(lease);
    return work();
  });
}

/** The first call may have had its effect, and nobody can tell now. */
export function unknownOutcome(
  provider: ProviderName,
  details: { retryAfterSeconds?: number; cause?: unknown } = {},
): ProviderError {
  return new ProviderError(provider, 'TIMED_OUT', 'the outcome of the first call is not known', {
    unchanged: false,
    ...details,
  });
}

/** The same while the first call may still be running at the provider. */
export function unknownYet({ clock }: Gateway, { provider, sentAt }: PendingWrite): ProviderError {
  const wait = Math.min(SETTLED_AFTER, sentAt + SETTLED_AFTER - clock());
  return unknownOutcome(provider, { retryAfterSeconds: Math.max(1, Math.ceil(wait / 1000)) });
}

/** What a later try, or a look, failed with: it says nothing of the first try, least of all a refusal. */
export function inDoubt(failure: ProviderError): ProviderError {
  const { provider, kind, message, retryAfterSeconds, cause } = failure;
  if (kind === 'REJECTED') return unknownOutcome(provider, { cause: failure });
  return new ProviderError(provider, kind, message, { unchanged: false, retryAfterSeconds, cause });
}

function isCreation({ operation }: WriteRequest): boolean {
  return operation.startsWith('create');
}
