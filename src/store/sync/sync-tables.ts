import type { Generated } from 'kysely';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { Flag } from '../flag.ts';

/** A webhook event. */
export interface ProviderEventTable {
  provider: ProviderName;
  event_id: string;
  /** As JSON. */
  plan_ids: string;
  subscription_ids: string;
  promotion_ids: string;
  coupon_ids: string;
  received_at: Instant;
  is_done: Generated<Flag>;
}

/** The progress of an account's synchronisation. */
export interface SyncRoundTable {
  provider: ProviderName;
  account: string;
  phase: 'LIST' | 'CODES' | 'VANISHED' | 'DONE';
  cursor: string | null;
  coupon_id: string | null;
  sequence: number;
  seen: number;
  is_complete: Flag;
  started_at: Instant;
  finished_at: Instant | null;
  /** When the lease of the process that runs it lapses. */
  leased_until: Instant;
  /** The fencing token of the lease, larger than that of any earlier lease. */
  token: Generated<number>;
}

/** A change of a promotion or redemption. Triggers write it in the transaction of the change. */
export interface ChangeTable {
  number: Generated<number>;
  promotion_id: string;
  coupon_id: string | null;
  /** The redemption that changed; null: the promotion itself. */
  ledger_id: string | null;
  /** Clients do not see what has changed of the promotion. */
  is_hidden: Generated<Flag>;
}
