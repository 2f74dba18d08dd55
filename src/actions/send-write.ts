import type { ProviderName } from '../promo/promotion.ts';
import { type Provider, ProviderFailure, type WriteCall } from '../promo/provider.ts';
import type { AnswerMoment } from '../store/answer-moment.ts';
import type { LeftIntent, NewIntent } from '../store/intents.ts';
import type { OwnedKey } from '../store/keys.ts';
import type { WriteRequest } from '../store/write-request.ts';
import type { Gateway } from './gateway.ts';
import { readIfDue } from './refresh-promotion.ts';

/** What is seen of an earlier try: its answer; nothing, so far; or several things of which one may be its. */
export type Found<Answer> = { answer: Answer } | 'UNDECIDABLE' | null;

/** One write to a provider: how it is sent, how it is found out what became of it, and what is recorded of it. */
export interface Write<Answer> {
  request: WriteRequest;
  send(call: WriteCall): Promise<Answer>;
  /** How long after its first try it may be sent again and have its effect once, in milliseconds; 0: it must not be. */
  repeatsSafelyFor: number;
  /** What an earlier try has done. Absent: the provider can only be asked by sending it again. */
  find?(left: LeftIntent): Promise<Found<Answer>>;
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

/** "Not there" is believed only this long after a write was sent, in milliseconds: it may still be running there. */
export const SETTLED_AFTER = 60_000;

/**
 * Sends a write, recorded as an intent first, and takes in its answer. One that an earlier call under the same key has
 * sent is sent again only where that is safe; else it is looked for, and "not there" is believed after a minute.
 * @returns the id of what it made or changed
 * @throws {ProviderFailure}
 */
export async function sendWrite<Answer>(
  gateway: Gateway,
  provider: Provider,
  call: OwnedKey,
  write: Write<Answer>,
): Promise<string> {
  const { intents } = gateway.store;
  const left = intents.sentBefore(call, write.request.operation);
  if (left && gateway.clock() - left.since >= write.repeatsSafelyFor) {
    const found = await findLeft(gateway, left, write);
    if (found) return finish(gateway, left.id, call, write, found.answer);
  }
  const id = intents.open(intentOf(provider, call, write.request), gateway.clock());
  return sendIntent(gateway, id, call, write, left !== null);
}

/** The write as it is recorded before it is sent. */
export function intentOf<Asked>({ name, account }: Provider, call: OwnedKey, request: Asked) {
  return { provider: name, account, call, request } satisfies Omit<NewIntent, 'request'> & { request: Asked };
}

/**
 * Sends a write whose intent is recorded, and takes in its answer.
 * @param isRepeat an earlier try has been sent, with an outcome that is not known
 * @throws {ProviderFailure}
 */
export async function sendIntent<Answer>(
  gateway: Gateway,
  id: string,
  call: OwnedKey,
  write: Write<Answer>,
  isRepeat: boolean,
): Promise<string> {
  let answer: Answer;
  try {
    answer = await write.send({ intentId: id });
  } catch (error) {
    if (error instanceof ProviderFailure && error.unchanged && !isRepeat) dismiss(gateway, id, write);
    else gateway.store.intents.doubt(id, gateway.clock());
    // A refusal of the second try says nothing of what the first one did.
    throw error instanceof ProviderFailure && isRepeat ? inDoubt(error) : error;
  }
  // A provider answers a write that is sent again as it did the first time, whatever has changed since.
  return finish(gateway, id, call, write, answer, isRepeat ? 'PROOF' : 'WRITE');
}

/** What an earlier try has done; null when it can be taken to have done nothing. */
export async function findLeft<Answer>(
  gateway: Gateway,
  left: LeftIntent,
  write: Write<Answer>,
): Promise<{ answer: Answer } | null> {
  if (!write.find) throw unknownOutcome(left.provider);
  const found = await write.find(left).catch((error: unknown) => {
    throw error instanceof ProviderFailure ? inDoubt(error) : error;
  });
  if (found === 'UNDECIDABLE') throw unknownOutcome(left.provider);
  const wait = left.sentAt + SETTLED_AFTER - gateway.clock();
  if (!found && wait > 0) throw unknownOutcome(left.provider, Math.ceil(wait / 1000));
  return found;
}

/** Takes the answer to a write in, as one with the end of its key and of its intent; null: nothing had to be sent. */
export async function finish<Answer>(
  gateway: Gateway,
  intentId: string | null,
  call: OwnedKey,
  write: Write<Answer>,
  answer: Answer,
  as: 'WRITE' | 'PROOF' = 'PROOF',
): Promise<string> {
  const { store, clock } = gateway;
  const id = store.transaction(() => {
    const sending = intentId === null ? null : store.intents.sendingOf(intentId);
    if (intentId !== null) store.intents.close(intentId);
    const moment = store.promotions.answered(sending ?? store.promotions.sending(clock()));
    const recorded = write.record(answer, {
      ...moment,
      as: as === 'WRITE' && sending?.isOverlapped ? 'OVERLAPPED' : as,
    });
    if (write.isWhole ?? true) store.keys.spendClaimed(call, recorded, clock());
    return recorded;
  });
  await write.follow?.();
  await readIfDue(gateway, id);
  return id;
}

/** The write had no effect: it is as if it had never been sent. */
export function dismiss<Answer>({ store }: Gateway, intentId: string, write: Write<Answer>): void {
  store.transaction(() => {
    store.intents.unsend(intentId);
    write.undo?.();
  });
}

/** The first call may have had its effect, and nobody can tell now. */
export function unknownOutcome(provider: ProviderName, retryAfterSeconds?: number): ProviderFailure {
  return new ProviderFailure(provider, 'TIMED_OUT', 'the outcome of the first call is not known', {
    unchanged: false,
    retryAfterSeconds,
  });
}

function inDoubt({ provider, kind, message, reason, retryAfterSeconds, cause }: ProviderFailure): ProviderFailure {
  return new ProviderFailure(provider, kind, message, { unchanged: false, reason, retryAfterSeconds, cause });
}
