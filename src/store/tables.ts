import type { Generated, Selectable } from 'kysely';
import type { Instant } from '../domain/promotion/promotion.ts';
import type { ChangeKind } from '../domain/promotion/recorded-change.ts';
import type { RefusalReason } from '../domain/redemption/outcomes.ts';
import type { RefusedOperation } from '../domain/redemption/recorded-refusal.ts';
import type {
  ChangedCouponTable,
  CodeNormalizationTable,
  CountReadingTable,
  PromotionTable,
} from './promotions/promotion-tables.ts';
import type { RedemptionTable } from './redemptions/redemption-table.ts';
import type { ChangeTable, ProviderEventTable, SyncRoundTable } from './sync/sync-tables.ts';
import type {
  CreatedHereTable,
  IdempotencyKeyTable,
  LaterWriteTable,
  PendingWriteTable,
} from './writes/write-tables.ts';

/* Instants are milliseconds since 1970, booleans are 0 and 1, metadata is JSON text. */

/** A failed attempt to use a code. */
export interface AttemptTable {
  number: Generated<number>;
  at: Instant;
  caller: string;
  customer_id: string | null;
  address: string | null;
  code: string;
  reason: RefusalReason;
  /** Whether it counts against the limits. */
  is_counted: Generated<number>;
}

/** What was refused to a caller, and why. */
export interface RefusalTable {
  number: Generated<number>;
  at: Instant;
  operation: RefusedOperation;
  caller: string;
  request_id: string | null;
  code: string | null;
  normalized_code: string | null;
  promotion_id: string | null;
  customer_id: string | null;
  order_id: string | null;
  reason: RefusalReason;
  reason_given: RefusalReason;
  /** JSON. */
  providers: string;
}

/** What a caller did to a promotion. */
export interface PromotionHistoryTable {
  number: Generated<number>;
  promotion_id: string;
  at: Instant;
  kind: ChangeKind;
  caller: string;
  request_id: string | null;
  /** JSON. */
  fields: string;
}

/** A customer that was forgotten, for records that are written late. */
export interface ForgottenCustomerTable {
  /** The SHA-256 of the id. */
  id_hash: string;
  replacement: string;
  forgotten_at: Instant;
}

/** How often something was done in the current window, which ends at `expire`. Kept by rate-limiter-flexible. */
export interface AttemptLimitTable {
  key: string;
  points: number;
  expire: Instant | null;
}

/** One row: the last sequence number that was drawn. */
export interface SequenceTable {
  value: number;
}

/** All tables, by their names in the database. Intents are the pending writes. */
export interface Tables {
  promotions: PromotionTable;
  changed_coupons: ChangedCouponTable;
  changes: ChangeTable;
  redemptions: RedemptionTable;
  idempotency_keys: IdempotencyKeyTable;
  intents: PendingWriteTable;
  count_readings: CountReadingTable;
  later_writes: LaterWriteTable;
  made_here: CreatedHereTable;
  code_normalization: CodeNormalizationTable;
  sequence: SequenceTable;
  provider_events: ProviderEventTable;
  sync_rounds: SyncRoundTable;
  attempts: AttemptTable;
  attempt_limits: AttemptLimitTable;
  refusals: RefusalTable;
  promotion_history: PromotionHistoryTable;
  forgotten_customers: ForgottenCustomerTable;
}

export type PromotionRow = Selectable<PromotionTable>;
export type RedemptionRow = Selectable<RedemptionTable>;
export type AttemptRow = Selectable<AttemptTable>;
export type RefusalRow = Selectable<RefusalTable>;
export type PromotionHistoryRow = Selectable<PromotionHistoryTable>;
