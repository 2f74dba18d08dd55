import type { Generated } from 'kysely';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { Flag } from '../flag.ts';

/** An idempotency key of a caller. */
export interface IdempotencyKeyTable {
  caller: string;
  key: string;
  mutation: string;
  input_hash: string;
  provider: ProviderName;
  /** The object that the key created or changed; null while the call runs. */
  result_id: string | null;
  /** When the lease of the running call lapses. Then another process may take it over. */
  leased_until: Instant;
  created_at: Instant;
  /** The fencing token of the lease, larger than that of any earlier lease. */
  token: Generated<number>;
  /** The generated code of a creation that names none. */
  code: string | null;
}

/**
 * A pending write to a provider (table `intents`), recorded before it is sent and deleted when its outcome is known.
 */
export interface PendingWriteTable {
  id: string;
  provider: ProviderName;
  account: string;
  operation: string;
  caller: string;
  idempotency_key: string | null;
  /** The promo code that is being created. */
  code: string | null;
  normalized_code: string | null;
  /** The coupon that was created for it first. */
  coupon_id: string | null;
  /** When it was last sent; null: it was not sent, or it was refused. */
  sent_at: Instant | null;
  /** The call ended without an outcome. */
  in_doubt: Generated<Flag>;
  /** The request, as JSON. */
  request: string | null;
  /** When it is reconciled; null: it was not sent, or only an operator can decide. */
  recover_at: Instant | null;
  /** How often it was reconciled. */
  tries: Generated<number>;
  /** The sequence number when it was last sent. */
  sent_sequence: number | null;
  /** Another write of the same promotion overlapped this one. */
  is_overlapped: Generated<Flag>;
  created_at: Instant;
  /** The promotion that it changes; null: none. */
  target_id: string | null;
}

/** A change of a promotion that was sent while the outcome of an earlier one was unknown. */
export interface LaterWriteTable {
  intent_id: string;
  later_id: string;
}

/** Promotions that writes of this gateway created. */
export interface CreatedHereTable {
  promotion_id: string;
}
