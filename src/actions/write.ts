import {
  type Conflict,
  conflict,
  type InvalidInput,
  invalidInput,
  type NotFound,
  notFound,
  type ProviderFailed,
  providerFailed,
} from '../promo/answers.ts';
import type { Instant, ProviderName } from '../promo/promotion.ts';
import { type Provider, ProviderFailure, type WriteCall } from '../promo/provider.ts';
import type { NewIntent, SentBefore } from '../store/intents.ts';
import type { ReadMoment } from '../store/promotions.ts';
import type { Gateway } from './gateway.ts';

/** Who asks for a write, under which idempotency key. */
export interface Writer {
  caller: string;
  idempotencyKey: string | undefined;
}

/** Does a write whose provider failure is an answer; everything else that is thrown is a bug and goes on. */
export async function answering<Answer, Failed>(
  work: () => Promise<Answer>,
  toAnswer: (failure: ProviderFailure) => Failed,
): Promise<Answer | Failed> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProviderFailure) return toAnswer(error);
    throw error;
  }
}

/** What the provider's failure to make something means to the caller. */
export function refusedCreation(failure: ProviderFailure): Conflict | ProviderFailed {
  if (failure.reason === 'CODE_TAKEN') return conflict('The code is taken at the provider');
  if (failure.reason === 'CONFLICT') return conflict('The state at the provider does not allow it');
  return providerFailed(failure);
}

/** What the provider's failure to change something, or to build on it, means to the caller. */
export function refusedChange(failure: ProviderFailure): NotFound | Conflict | ProviderFailed {
  return failure.reason === 'NOT_FOUND' ? notFound('The provider does not have it') : refusedCreation(failure);
}

/** The account that an input names, or what is wrong with what it names. */
export function ownerOf(
  gateway: Gateway,
  { provider, account }: { provider: ProviderName; account?: string },
): Provider | InvalidInput {
  if (!gateway.accounts.find(provider)) return invalidInput(['provider'], `${provider} is switched off here`);
  return gateway.accounts.find(provider, account) ?? invalidInput(['account'], `is not an account of ${provider} here`);
}

export function intentOf(
  { name, account }: Provider,
  operation: string,
  { caller, idempotencyKey }: Writer,
  code: string | null = null,
): NewIntent {
  return { provider: name, account, operation, caller, idempotencyKey: idempotencyKey ?? null, code };
}

/**
 * How a write goes on whose first outcome is not known: it is sent again, where that has its effect once; it is looked
 * for, where the provider can be asked what was made since; or it stays in doubt.
 */
export type Repeat<Answer> = 'SENT_AGAIN' | 'IN_DOUBT' | { find: (since: Instant) => Promise<Answer | null> };

/** "Not there" is believed only this long after a write was sent, in milliseconds: it may still be running there. */
const SETTLED_AFTER = 60_000;

/**
 * Sends one write, recorded as an intent first. `record` takes the answer in; it runs as one transaction with the end
 * of the intent.
 * @throws {ProviderFailure}
 */
export async function sendWrite<Answer, Recorded>(
  gateway: Gateway,
  intent: NewIntent,
  repeat: Repeat<Answer>,
  send: (call: WriteCall) => Promise<Answer>,
  record: (answer: Answer, moment: ReadMoment) => Recorded,
): Promise<Recorded> {
  const { intents, promotions } = gateway.store;
  const left = intents.sentBefore(intent);
  const found = left && repeat !== 'SENT_AGAIN' ? await findLeft(gateway, intent, left, repeat) : null;
  const id = found && left ? left.id : intents.open(intent, gateway.clock());
  const answer =
    found ??
    (await send({ intentId: id }).catch((error: unknown) => {
      const isUnchanged = error instanceof ProviderFailure && error.unchanged && !left;
      if (isUnchanged) intents.unsend(id);
      else intents.doubt(id);
      // A refusal of the second try says nothing of what the first one did.
      throw error instanceof ProviderFailure && left ? inDoubt(error) : error;
    }));
  return gateway.store.transaction(() => {
    intents.close(id);
    return record(answer, { sequence: promotions.nextSequence(), at: gateway.clock() });
  });
}

/** What an earlier try has made; null when it can be taken to have made nothing. */
async function findLeft<Answer>(
  gateway: Gateway,
  intent: NewIntent,
  left: SentBefore,
  repeat: Exclude<Repeat<Answer>, 'SENT_AGAIN'>,
): Promise<Answer | null> {
  gateway.store.intents.doubt(left.id);
  if (repeat === 'IN_DOUBT') throw unknownOutcome(intent.provider);
  const found = await repeat.find(left.since).catch((error: unknown) => {
    throw error instanceof ProviderFailure ? inDoubt(error) : error;
  });
  const wait = left.sentAt + SETTLED_AFTER - gateway.clock();
  if (!found && wait > 0) throw unknownOutcome(intent.provider, Math.ceil(wait / 1000));
  return found;
}

/**
 * Stops a write that an earlier call under the same key has sent already, with an outcome that nobody knows.
 * @throws {ProviderFailure} TIMED_OUT
 */
export function refuseLeftOver({ store: { intents } }: Gateway, intent: NewIntent): void {
  const left = intents.sentBefore(intent);
  if (!left) return;
  intents.doubt(left.id);
  throw unknownOutcome(intent.provider);
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
