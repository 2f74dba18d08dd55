import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IdempotencyConflict } from '../promo/answers.ts';
import type { ProviderName } from '../promo/promotion.ts';
import { ProviderFailure } from '../promo/provider.ts';
import type { KeyedCall, OwnedKey } from '../store/keys.ts';
import type { Running } from '../store/ledger.ts';
import type { Gateway } from './gateway.ts';

/** A claim lapses unless it is renewed, so that the key of a process that died is free again. */
const LEASE = 5_000;
const POLL = 25;

/** Who asks for a write, under which idempotency key. */
export interface Writer {
  caller: string;
  idempotencyKey: string | undefined;
}

/**
 * The call under its idempotency key. One that has none gets one that nobody else knows: it cannot be repeated, but
 * what becomes of it can be found out. `input` is compared in its normalised form.
 */
export function keyedCall(
  { caller, idempotencyKey = randomUUID() }: Writer,
  mutation: string,
  input: Record<string, unknown>,
): KeyedCall {
  const sorted = JSON.stringify(input, (_, value: unknown) =>
    value && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort())
      : value,
  );
  const inputHash = createHash('sha256').update(sorted).digest('base64url');
  return { caller, key: idempotencyKey, mutation, inputHash };
}

/**
 * Does something once under an idempotency key. A repeat gets the first call's object from `replay`, also while the
 * first still runs, in whichever process. A refusal, and a failure that changed nothing, leave the key free.
 * @throws {ProviderFailure} from `perform`; TIMED_OUT when another call has the key for longer than this one may wait
 */
export async function once<Answer>(
  gateway: Gateway,
  call: KeyedCall,
  provider: ProviderName,
  steps: { replay: (resultId: string) => Answer; perform: () => Promise<Answer> },
): Promise<Answer | IdempotencyConflict> {
  const { keys } = gateway.store;
  const state = await waitForKey(gateway, () => keys.claim(call, provider, gateway.clock() + LEASE, gateway.clock()));
  if (state.kind === 'CONFLICT') return { kind: 'IDEMPOTENCY_CONFLICT' };
  if (state.kind === 'SPENT') return steps.replay(state.resultId);
  return whileClaimed(gateway, call, steps.perform);
}

/** Takes over the key of a call whose process may have died; null when the call is under way or has had its effect. */
export async function takingOver<Answer>(
  gateway: Gateway,
  key: OwnedKey,
  work: () => Promise<Answer>,
): Promise<Answer | null> {
  const now = gateway.clock();
  return gateway.store.keys.takeOver(key, now + LEASE, now) ? whileClaimed(gateway, key, work) : null;
}

/** Looks again until the key is not in another call's hands.
 * @throws {ProviderFailure} TIMED_OUT
 */
export async function waitForKey<State>(
  gateway: Gateway,
  look: () => State | Running | Promise<State | Running>,
): Promise<State> {
  for (let waited = 0; ; waited += POLL) {
    const state = await look();
    if (!isRunning(state)) return state;
    if (waited >= gateway.keyWait) {
      throw new ProviderFailure(state.provider, 'TIMED_OUT', 'another call has the key under way', { unchanged: true });
    }
    await sleep(POLL);
  }
}

/** Keeps the claim while `work` runs, and lets go of it afterwards: until then no repeat may go on from what it left. */
async function whileClaimed<Answer>(gateway: Gateway, key: OwnedKey, work: () => Promise<Answer>): Promise<Answer> {
  const { keys } = gateway.store;
  const renewal = setInterval(() => keys.renew(key, gateway.clock() + LEASE), LEASE / 3);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    keys.release(key, gateway.clock());
  }
}

function isRunning<State>(state: State | Running): state is Running {
  return typeof state === 'object' && state !== null && 'kind' in state && state.kind === 'RUNNING';
}
