import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalJson } from '../../domain/promotion/canonical-json.ts';
import type { ProviderName } from '../../domain/promotion/promotion.ts';
import { ProviderError } from '../../domain/provider/provider.ts';
import { type IdempotencyConflict, type NotFound, notFound } from '../../domain/redemption/results.ts';
import type { InProgress } from '../../store/redemptions/ledger.ts';
import type { IdempotencyKey, IdempotentCall, Lease } from '../../store/writes/idempotency-keys.ts';
import { LeaseLostError } from '../../store/writes/leases.ts';
import type { Gateway } from '../core/gateway.ts';

/** A claim lapses unless it is renewed, so that the key of a process that died is free again. */
const LEASE = 5_000;
const POLL = 25;

/** Who asks for a write, under which idempotency key. */
export interface Writer {
  caller: string;
  /** The one customer that the caller is bound to; null, or absent: it is not bound. */
  customer?: string | null;
  idempotencyKey: string | undefined;
}

/**
 * The call under its idempotency key. One that has none gets one that nobody else knows: it cannot be repeated, but
 * what becomes of it can be found out. `input` is compared in its normalised form.
 */
export function keyedCall(
  { accounts: { accountScope } }: Gateway,
  { caller, customer = null, idempotencyKey = randomUUID() }: Writer,
  mutation: string,
  input: Record<string, unknown>,
): IdempotentCall {
  const inputHash = createHash('sha256').update(canonicalJson(input)).digest('base64url');
  // A key is its customer's own: no other customer of the same caller can take or spend it.
  const owner = customer === null ? caller : JSON.stringify([caller, customer]);
  return { caller: owner, key: idempotencyKey, mutation, inputHash, accountScope };
}

/**
 * What a call gets whose input names something out of its caller's reach: as if that did not exist, unless the key was
 * used for it when the caller reached further.
 */
export function unreached(gateway: Gateway, call: IdempotentCall, message: string): NotFound | IdempotencyConflict {
  const { kind } = gateway.store.idempotencyKeys.state(call, gateway.clock());
  return kind === 'CONFLICT' ? { kind: 'IDEMPOTENCY_CONFLICT' } : notFound(message);
}

/**
 * Does something once under an idempotency key. A repeat gets the first call's object from `replay`, also while the
 * first still runs, in whichever process. A refusal, and a failure that changed nothing, leave the key free. What
 * `perform` does is fenced by the lease that it gets: a call that was paused for too long, and whose key another one has
 * taken over, goes no further.
 * @throws {ProviderError} from `perform`; TIMED_OUT when another call has the key for longer than this one may wait
 */
export async function once<Answer>(
  gateway: Gateway,
  call: IdempotentCall,
  provider: ProviderName,
  steps: { replay: (resultId: string) => Answer; perform: (lease: IdempotentCall & Lease) => Promise<Answer> },
): Promise<Answer | IdempotencyConflict> {
  const { idempotencyKeys } = gateway.store;
  const claim = await awaitLease(gateway, () =>
    idempotencyKeys.claim(call, provider, gateway.clock() + LEASE, gateway.clock()),
  );
  if (claim.kind === 'CONFLICT') return { kind: 'IDEMPOTENCY_CONFLICT' };
  if (claim.kind === 'COMPLETED') return steps.replay(claim.resultId);
  try {
    return await withLease(gateway, claim.lease, async () => {
      const answer = await steps.perform(claim.lease);
      // A refusal may be about what the other call has made.
      if (idempotencyKeys.isLost(claim.lease)) throw new LeaseLostError();
      return answer;
    });
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
    const state = idempotencyKeys.state(call, gateway.clock());
    if (state.kind === 'COMPLETED') return steps.replay(state.resultId);
    throw new ProviderError(provider, 'TIMED_OUT', 'another call has taken the key over', { unchanged: false });
  }
}

/**
 * Takes over the key of a call whose process may have died; null when the call is under way or has had its effect, or
 * when yet another one has taken the key over meanwhile.
 */
export async function takeOverLease<Answer>(
  gateway: Gateway,
  key: IdempotencyKey,
  work: (lease: Lease) => Promise<Answer>,
): Promise<Answer | null> {
  const now = gateway.clock();
  const lease = gateway.store.idempotencyKeys.takeOver(key, now + LEASE, now);
  if (!lease) return null;
  try {
    return await withLease(gateway, lease, () => work(lease));
  } catch (error) {
    if (error instanceof LeaseLostError) return null;
    throw error;
  }
}

/** Looks again until the key is not in another call's hands.
 * @throws {ProviderError} TIMED_OUT
 */
export async function awaitLease<State>(
  gateway: Gateway,
  look: () => State | InProgress | Promise<State | InProgress>,
): Promise<State> {
  for (let waited = 0; ; waited += POLL) {
    const state = await look();
    if (!isRunning(state)) return state;
    if (waited >= gateway.keyWait) {
      throw new ProviderError(state.provider, 'TIMED_OUT', 'another call has the key under way', { unchanged: true });
    }
    await sleep(POLL);
  }
}

/**
 * Keeps the claim while `work` runs, and releases it afterwards: until then no repeat may go on from what it left. A
 * store that cannot be written meanwhile changes nothing about what `work` gives: the claim lapses by itself.
 */
async function withLease<Answer>(gateway: Gateway, lease: Lease, work: () => Promise<Answer>): Promise<Answer> {
  const { idempotencyKeys } = gateway.store;
  const stopRenewing = renewing(gateway, LEASE / 3, () => idempotencyKeys.renew(lease, gateway.clock() + LEASE));
  try {
    return await work();
  } finally {
    stopRenewing();
    attempt(gateway, () => idempotencyKeys.release(lease));
  }
}

/**
 * Renews a lease until the returned function is called. A renewal that fails is reported and tried again; one that finds
 * the lease in other hands is the last.
 */
export function renewing(gateway: Gateway, every: number, renew: () => void): () => void {
  const timer = setInterval(() => {
    try {
      renew();
    } catch (error) {
      if (error instanceof LeaseLostError) clearInterval(timer);
      else gateway.reportBug(error);
    }
  }, every);
  return () => clearInterval(timer);
}

/** Does what must not replace an outcome that is known already; a failure is reported. */
export function attempt(gateway: Gateway, work: () => void): void {
  try {
    work();
  } catch (error) {
    // What another process has taken over is its business.
    if (!(error instanceof LeaseLostError)) gateway.reportBug(error);
  }
}

function isRunning<State>(state: State | InProgress): state is InProgress {
  return typeof state === 'object' && state !== null && 'kind' in state && state.kind === 'IN_PROGRESS';
}
