import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IdempotencyConflict } from '../promo/answers.ts';
import type { ProviderName } from '../promo/promotion.ts';
import { ProviderFailure } from '../promo/provider.ts';
import type { KeyedCall } from '../store/keys.ts';
import type { Running } from '../store/ledger.ts';
import type { Gateway } from './gateway.ts';

/** A claim lapses unless it is renewed, so that the key of a process that died is free again. */
const LEASE = 5_000;
const POLL = 25;

/** What a call that has claimed its key does with it. A call without a key claims nothing. */
export interface Claim {
  /** The call had its effect: from now on the key gives this object. Meant to be part of the transaction of the effect. */
  spend(resultId: string): void;
  /** The call had part of its effect, or may have had it: the key stays taken, and a repeat goes on from there. */
  keep(): void;
}

/** The call under an idempotency key; null without one. `input` is compared in its normalised form. */
export function keyedCall<Key extends string | undefined>(
  caller: string,
  mutation: string,
  key: Key,
  input: Record<string, unknown>,
): Key extends string ? KeyedCall : KeyedCall | null;
export function keyedCall(
  caller: string,
  mutation: string,
  key: string | undefined,
  input: Record<string, unknown>,
): KeyedCall | null {
  if (key === undefined) return null;
  const sorted = JSON.stringify(input, (_, value: unknown) =>
    value && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort())
      : value,
  );
  return { caller, key, mutation, inputHash: createHash('sha256').update(sorted).digest('base64url') };
}

/**
 * Does something once under an idempotency key. A repeat gets the first call's object from `replay`, also while the
 * first still runs, in whichever process. A refusal, and a failure that changed nothing, leave the key free.
 * @throws {ProviderFailure} from `perform`; TIMED_OUT when another call has the key for longer than this one may wait
 */
export async function once<Answer>(
  gateway: Gateway,
  call: KeyedCall | null,
  provider: ProviderName,
  steps: { replay: (resultId: string) => Answer; perform: (claim: Claim) => Promise<Answer> },
): Promise<Answer | IdempotencyConflict> {
  if (!call) return steps.perform({ spend: () => {}, keep: () => {} });
  const { keys } = gateway.store;
  const state = await waitForKey(gateway, () => keys.claim(call, provider, gateway.clock() + LEASE, gateway.clock()));
  if (state.kind === 'CONFLICT') return { kind: 'IDEMPOTENCY_CONFLICT' };
  if (state.kind === 'SPENT') return steps.replay(state.resultId);
  let outcome: 'NONE' | 'KEPT' | 'SPENT' = 'NONE';
  const claim: Claim = {
    spend: (resultId) => {
      outcome = 'SPENT';
      keys.spend(call, provider, resultId, gateway.clock());
    },
    keep: () => {
      outcome = 'KEPT';
    },
  };
  const renewal = setInterval(() => keys.renew(call, gateway.clock() + LEASE), LEASE / 3);
  try {
    return await steps.perform(claim);
  } catch (error) {
    if (!(error instanceof ProviderFailure && error.unchanged)) claim.keep();
    throw error;
  } finally {
    clearInterval(renewal);
    // Until now the claim has held: a repeat must not go on from what is still under way.
    if (outcome === 'NONE') keys.free(call);
    else keys.renew(call, gateway.clock());
  }
}

/**
 * Looks again until the key is not in another call's hands.
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

function isRunning<State>(state: State | Running): state is Running {
  return typeof state === 'object' && state !== null && 'kind' in state && state.kind === 'RUNNING';
}
