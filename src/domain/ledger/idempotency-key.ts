import { type AccountScope, isInScope } from '../promotion/account-scope.ts';
import { parsePromotionId } from '../promotion/identity.ts';
import type { Instant, ProviderName } from '../promotion/promotion.ts';
import { isLeased, type Lease } from './lease.ts';

/** How long a key is kept, in milliseconds. */
export const KEY_LIFETIME_MS = 30 * 24 * 60 * 60 * 1000;

/** An idempotency key of one caller. The same text of another caller is another key. */
export interface IdempotencyKey {
  caller: string;
  key: string;
}

/** A mutation under an idempotency key, and the input that the key stands for. */
export interface IdempotentCall extends IdempotencyKey {
  mutation: string;
  /** A digest of the normalized input. */
  inputHash: string;
  /** The accounts that the caller may see now. A result outside this scope is a conflict. */
  accountScope: AccountScope;
  /** The `X-Request-Id` of its answer; absent: unknown. */
  requestId?: string | null;
}

/** What is recorded under a key. */
export interface KeyRecord extends IdempotencyKey {
  mutation: string;
  inputHash: string;
  provider: ProviderName;
  /** The object that the call made or changed; null: it has had no effect yet. */
  resultId: string | null;
  /** When the lease of the call lapses. */
  leasedUntil: Instant;
  createdAt: Instant;
  /** The fencing token of the lease. */
  token: number;
  /** The code that was generated for a creation that names none. */
  code: string | null;
}

/** A record, and what the visibility of its object depends on. */
export interface KnownKey {
  record: KeyRecord;
  /** The promotion of the redemption that is the result; null: the result is a promotion. */
  resultPromotionId: string | null;
  /** The accounts of the writes under this key whose outcome is unknown. */
  pendingWrites: readonly { provider: ProviderName; account: string }[];
}

/** State of an idempotency key: unused, completed, in progress, or used with another input. */
export type IdempotencyKeyState =
  | { kind: 'UNUSED' }
  | { kind: 'COMPLETED'; resultId: string }
  | { kind: 'IN_PROGRESS'; provider: ProviderName }
  | { kind: 'CONFLICT' };

/** The lease of a key, or the state that prevents it. */
export type Claim<Call extends IdempotencyKey> =
  | { kind: 'CLAIMED'; lease: Call & Lease }
  | Exclude<IdempotencyKeyState, { kind: 'UNUSED' }>;

const UNUSED = { kind: 'UNUSED' } as const;
const CONFLICT = { kind: 'CONFLICT' } as const;

/** The state of a key for a call, which may be a conflict with another input or account scope. */
export function keyState(known: KnownKey | undefined, call: IdempotentCall, now: Instant): IdempotencyKeyState {
  if (!known) return UNUSED;
  const { record, pendingWrites } = known;
  if (record.resultId !== null) {
    if (record.createdAt <= now - KEY_LIFETIME_MS) return UNUSED;
    const isRepeat = isSameCall(record, call) && isResultInScope(known, call.accountScope);
    return isRepeat ? { kind: 'COMPLETED', resultId: record.resultId } : CONFLICT;
  }
  const isRunning = isLeased(record.leasedUntil, now);
  if (isSameCall(record, call) && areWritesInScope(known, call.accountScope)) {
    return isRunning ? { kind: 'IN_PROGRESS', provider: record.provider } : UNUSED;
  }
  // A write of another input, or of a caller with another scope, blocks the key until its outcome is known.
  return isRunning || pendingWrites.length > 0 ? CONFLICT : UNUSED;
}

/** Whether the key was used for the same mutation with the same input. */
export function isSameCall(
  record: Pick<KeyRecord, 'mutation' | 'inputHash'>,
  { mutation, inputHash }: IdempotentCall,
): boolean {
  return record.mutation === mutation && record.inputHash === inputHash;
}

/** The record of a key whose call has had its effect. */
export function completedKey(
  { caller, key, mutation, inputHash }: IdempotentCall,
  { provider, resultId }: Pick<KeyRecord, 'provider'> & { resultId: string },
  now: Instant,
): KeyRecord {
  return {
    caller,
    key,
    mutation,
    inputHash,
    provider,
    resultId,
    leasedUntil: now,
    createdAt: now,
    token: 0,
    code: null,
  };
}

/** Whether the caller may see the object that the key returns. */
function isResultInScope({ record, resultPromotionId }: KnownKey, accountScope: AccountScope): boolean {
  if (accountScope === null) return true;
  const promotion = parsePromotionId(resultPromotionId ?? record.resultId ?? '');
  return promotion !== null && isInScope(accountScope, promotion);
}

/**
 * Whether the caller may see the pending writes of the key. Before anything is sent, the account is unknown and only the
 * provider counts.
 */
function areWritesInScope({ record, pendingWrites }: KnownKey, accountScope: AccountScope): boolean {
  if (accountScope === null) return true;
  const isKnownProvider = accountScope.some(({ provider }) => provider === record.provider);
  return isKnownProvider && pendingWrites.every((write) => isInScope(accountScope, write));
}
