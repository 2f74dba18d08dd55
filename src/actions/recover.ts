import type { Instant } from '../promo/promotion.ts';
import { type Provider, ProviderFailure } from '../promo/provider.ts';
import type { LeftIntent } from '../store/intents.ts';
import type { Gateway } from './gateway.ts';
import { takingOver } from './keyed.ts';
import { withLeftWrite } from './left-write.ts';
import { dismiss, finish, SETTLED_AFTER, sendIntent, type Write } from './send-write.ts';

/**
 * What became of a write whose answer was lost. FINISHED: it had its effect, which is recorded now. NOT_MADE: it had
 * none. LATER: the provider cannot tell yet, or is out of reach. IN_DOUBT: only a person who looks there can tell.
 */
export type Outcome = 'FINISHED' | 'NOT_MADE' | 'LATER' | 'IN_DOUBT';

/** A write that recovery has looked at. */
export interface Recovered {
  intent: LeftIntent;
  outcome: Outcome;
}

/** The wait after the first look that told nothing, in milliseconds. It doubles each time. */
const FIRST_WAIT = 15_000;
const LONGEST_WAIT = 15 * 60_000;

/**
 * Finds out what became of writes whose answers were lost, of whichever process, and finishes them; those whose call is
 * under way are left alone. One at a time, so that it takes little of a provider's rate.
 * @param options.left absent: those that are due
 * @param options.signal stops it after the write that it is looking for
 */
export async function recover(
  gateway: Gateway,
  options: { left?: LeftIntent[]; signal?: AbortSignal } = {},
): Promise<Recovered[]> {
  const recovered: Recovered[] = [];
  for (const intent of options.left ?? gateway.store.intents.due(gateway.clock())) {
    if (options.signal?.aborted) break;
    const outcome = await takingOver(gateway, intent.call, () => settle(gateway, intent.id));
    if (outcome) recovered.push({ intent, outcome });
  }
  return recovered;
}

async function settle(gateway: Gateway, id: string): Promise<Outcome | null> {
  const { intents } = gateway.store;
  const intent = intents.get(id);
  // It has come to its end since it was listed.
  if (!intent) return null;
  const provider = gateway.accounts.find(intent.provider, intent.account);
  const outcome = provider ? await findOut(gateway, provider, intent) : 'LATER';
  if (outcome === 'IN_DOUBT') intents.doubt(id, null);
  if (outcome === 'LATER') intents.doubt(id, nextLook(gateway.clock(), intent));
  return outcome;
}

async function findOut(gateway: Gateway, provider: Provider, intent: LeftIntent): Promise<Outcome> {
  try {
    const outcome = withLeftWrite(gateway, provider, intent, (write) =>
      write.find ? byLooking(gateway, intent, write) : bySending(gateway, intent, write),
    );
    return (await outcome) ?? 'IN_DOUBT';
  } catch (error) {
    if (error instanceof ProviderFailure) return 'LATER';
    throw error;
  }
}

async function byLooking<Answer>(gateway: Gateway, intent: LeftIntent, write: Write<Answer>): Promise<Outcome> {
  const found = await write.find?.(intent);
  if (found === 'UNDECIDABLE') return 'IN_DOUBT';
  if (found) {
    await finish(gateway, intent.id, intent.call, write, found.answer);
    return 'FINISHED';
  }
  if (gateway.clock() < intent.sentAt + SETTLED_AFTER) return 'LATER';
  dismiss(gateway, intent.id, write);
  return 'NOT_MADE';
}

/** The provider knows the write by its id and answers what it did the first time, for as long as it keeps the id. */
async function bySending<Answer>(gateway: Gateway, intent: LeftIntent, write: Write<Answer>): Promise<Outcome> {
  if (gateway.clock() - intent.since >= write.repeatsSafelyFor) return 'IN_DOUBT';
  try {
    await sendIntent(gateway, intent.id, intent.call, write, true);
    return 'FINISHED';
  } catch (error) {
    // Its refusal of the second try says nothing of the first.
    if (error instanceof ProviderFailure && error.kind === 'REJECTED') return 'IN_DOUBT';
    throw error;
  }
}

function nextLook(now: Instant, { tries }: LeftIntent): Instant {
  return now + Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** tries);
}
