import { createHash, randomUUID } from 'node:crypto';
import type { IdempotencyKeyState, IdempotentCall } from '../../domain/ledger/idempotency-key.ts';
import type { Lease } from '../../domain/ledger/lease.ts';
import { LeaseLostError } from '../../domain/ledger/lease.ts';
import { canonicalJson } from '../../domain/promotion/canonical-json.ts';
import type { ProviderName } from '../../domain/promotion/promotion.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import { type IdempotencyConflict, type NotFound, notFound } from '../../domain/redemption/outcomes.ts';
import type { Gateway } from '../core/gateway.ts';
import { awaitLease, keepLease } from './keep-lease.ts';

/** The caller of a write, and its idempotency key. */
export interface Writer {
  caller: string;
  /** The one customer that the caller is bound to; null or absent: it is not bound. */
  customer?: string | null;
  idempotencyKey: string | undefined;
  /** The `X-Request-Id` of the answer; null or absent: there is no HTTP request. */
  requestId?: string | null;
}

/** The object that a call made or changed. */
export interface Effect {
  kind: 'EFFECT';
  id: string;
  /** True if an earlier call under the same key had the effect. */
  replayed: boolean;
}

export function effect(id: string): Effect {
  return { kind: 'EFFECT', id, replayed: false };
}

/**
 * A call under its idempotency key. A call without a key gets a random one: it cannot be repeated, but the gateway can
 * find its effect after a lost answer.
 * @param input the normalized input: its digest is compared with that of an earlier call
 */
export function keyedCall(
  { accounts: { accountScope } }: Gateway,
  { caller, customer = null, idempotencyKey = randomUUID(), requestId = null }: Writer,
  mutation: string,
  input: Record<string, unknown>,
): IdempotentCall {
  const inputHash = createHash('sha256').update(canonicalJson(input)).digest('base64url');
  // Each customer of a caller has keys of its own: no other customer can use or replay them.
  const owner = customer === null ? caller : JSON.stringify([caller, customer]);
  return { caller: owner, key: idempotencyKey, mutation, inputHash, accountScope, requestId };
}

/**
 * The answer to a call that names an object outside its caller's account scope: as if the object did not exist, unless
 * the key was used for it when the scope was wider.
 */
export async function outOfScope(
  gateway: Gateway,
  call: IdempotentCall,
  message: string,
): Promise<NotFound | IdempotencyConflict> {
  const { kind } = await gateway.store.idempotencyKeys.state(call, gateway.clock());
  return kind === 'CONFLICT' ? { kind: 'IDEMPOTENCY_CONFLICT' } : notFound(message);
}

/**
 * Runs a write under its idempotency key. A repeat gets the effect of the first call, and waits for it while that call
 * runs, in any process. A refusal, or a failure that changed nothing, leaves the key unused. `write` passes its lease
 * to each step that has an effect: if another process has taken the key over, the step throws.
 * @throws {ProviderError} from `write`; TIMED_OUT when another call has leased the key for too long
 */
export async function withIdempotencyKey<Refused>(
  gateway: Gateway,
  call: IdempotentCall,
  provider: ProviderName,
  write: (lease: IdempotentCall & Lease) => Promise<Effect | Refused>,
): Promise<Effect | Refused | IdempotencyConflict> {
  const { idempotencyKeys } = gateway.store;
  const claim = await awaitLease(gateway, () => idempotencyKeys.claim(call, provider, gateway.clock));
  if (claim.kind === 'CONFLICT') return { kind: 'IDEMPOTENCY_CONFLICT' };
  if (claim.kind === 'COMPLETED') return { kind: 'EFFECT', id: claim.resultId, replayed: true };
  const { lease } = claim;
  try {
    await using _lease = keepLease(gateway, lease);
    const answer = await write(lease);
    // Another process may have taken the key over: then the refusal may be about the object that it has created.
    if (!(await idempotencyKeys.isLost(lease))) return answer;
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
  }
  const state = await idempotencyKeys.state(call, gateway.clock());
  if (state.kind === 'COMPLETED') return { kind: 'EFFECT', id: state.resultId, replayed: true };
  throw new ProviderError(provider, 'TIMED_OUT', 'another call has taken the idempotency key over', {
    unchanged: false,
  });
}

/**
 * The state of an idempotency key, once no call holds its lease.
 * @throws {ProviderError} TIMED_OUT
 */
export async function settledKey(
  gateway: Gateway,
  call: IdempotentCall,
): Promise<Exclude<IdempotencyKeyState, { kind: 'IN_PROGRESS' }>> {
  return awaitLease(gateway, () => gateway.store.idempotencyKeys.state(call, gateway.clock()));
}
