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
import type { ProviderName } from '../promo/promotion.ts';
import { type Provider, ProviderFailure, type WriteCall } from '../promo/provider.ts';
import type { NewIntent } from '../store/intents.ts';
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
 * Sends one write, recorded as an intent first. `record` takes the answer in; it runs as one transaction with the end
 * of the intent. Not `repeatable` is a write that would have its effect twice if it were sent again; one whose first
 * outcome is unknown is then not sent again.
 * @throws {ProviderFailure}
 */
export async function sendWrite<Answer, Recorded>(
  gateway: Gateway,
  intent: NewIntent,
  repeatable: boolean,
  send: (call: WriteCall) => Promise<Answer>,
  record: (answer: Answer, moment: ReadMoment) => Recorded,
): Promise<Recorded> {
  const { intents, promotions } = gateway.store;
  if (!repeatable) refuseLeftOver(gateway, intent);
  const id = intents.open(intent, gateway.clock());
  const answer = await send({ intentId: id }).catch((error: unknown) => {
    if (error instanceof ProviderFailure && error.unchanged) intents.unsend(id);
    else intents.doubt(id);
    throw error;
  });
  return gateway.store.transaction(() => {
    intents.close(id);
    return record(answer, { sequence: promotions.nextSequence(), at: gateway.clock() });
  });
}

/**
 * Stops a write that an earlier call under the same key has sent already, with an outcome that nobody knows.
 * @throws {ProviderFailure} TIMED_OUT
 */
export function refuseLeftOver({ store: { intents } }: Gateway, intent: NewIntent): void {
  const left = intents.sentBefore(intent);
  if (left === null) return;
  intents.doubt(left);
  throw new ProviderFailure(intent.provider, 'TIMED_OUT', 'the outcome of the first call is not known', {
    unchanged: false,
  });
}
