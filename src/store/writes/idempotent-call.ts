import type { AccountScope } from '../../auth/account-scope.ts';
import type { ProviderName } from '../../domain/promotion/promotion.ts';

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
}

/** A leased key. Its fencing token is larger than that of any earlier lease. */
export interface Lease extends IdempotencyKey {
  token: number;
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
