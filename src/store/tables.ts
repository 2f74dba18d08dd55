import type { Generated, GeneratedAlways, Selectable } from 'kysely';
import type { DurationUnit, Instant, PromotionStatus, ProviderName } from '../domain/promotion/promotion.ts';
import type { RedemptionStatus } from '../domain/redemption/redemption.ts';
import type { RefusalReason } from '../domain/redemption/results.ts';

/** SQLite keeps booleans as 0 and 1, instants as milliseconds since 1970 and metadata as JSON text. */
type Flag = 0 | 1;

/**
 * A promo code or coupon. `provider_…` is what the provider last said, `rule_…` what the gateway enforces on top; the
 * columns without a prefix that have both are worked out by the database (the narrower of the two).
 */
export interface PromotionTable {
  number: Generated<number>;
  id: string;
  kind: 'PromoCode' | 'Coupon';
  provider: ProviderName;
  account: string;
  provider_id: string;
  code: string | null;
  normalized_code: string | null;
  /** The code as it looks, where that is not its key. */
  code_skeleton: string | null;
  name: string | null;
  lower_case_name: string | null;
  coupon_id: string | null;
  percentage: string | null;
  amount_minor: number | null;
  amount_currency: string | null;
  duration_kind: 'ONCE' | 'REPEATING' | 'FOREVER';
  duration_count: number | null;
  duration_unit: DurationUnit | null;
  provider_active: Flag;
  provider_max: number | null;
  provider_starts_at: Instant | null;
  provider_expires_at: Instant | null;
  provider_customer_id: string | null;
  provider_plan_id: string | null;
  provider_first_transaction: Flag;
  provider_minimum_minor: number | null;
  provider_minimum_currency: string | null;
  rule_switched_off: Generated<Flag>;
  rule_max: number | null;
  rule_per_customer: number | null;
  rule_starts_at: Instant | null;
  rule_expires_at: Instant | null;
  rule_customer_id: string | null;
  rule_plan_id: string | null;
  rule_first_transaction: Generated<Flag>;
  rule_minimum_minor: number | null;
  rule_minimum_currency: string | null;
  metadata: string | null;
  /** The only products that it is for, as JSON; null: any. */
  product_ids: string | null;
  created_at: Instant;
  /** When the provider last confirmed the row. */
  as_of: Instant;
  /** The sequence number of the call whose answer the row shows: a read's when it was sent, a write's when it was answered. */
  read_sequence: number;
  /** The ledger's sequence number when something was told that may concern it; null: it has been read since. */
  due_sequence: number | null;
  /** The provider's own count in the latest answer. */
  provider_count: number;
  /** Redeemed uses that no provider counts. */
  uncounted: Generated<number>;
  /** By how much the count that is proven exceeds that one. */
  count_lag: Generated<number>;
  /** When the answer arrived that proves the count: a sequence number. */
  count_answered: Generated<number>;
  /** The provider has never said how many uses there were. */
  unknown_count: Generated<Flag>;
  /** Nor whether there is a limit. */
  unknown_limit: Generated<Flag>;
  /** As JSON, by rule: the sequence number of the write that set it. */
  rule_sequences: string | null;
  /** The creation whose rules these are while it is not known to have made this. */
  rules_of: string | null;
  held: Generated<number>;
  /** The status when it was last judged, the coupon's dates and limit included. */
  status: Generated<PromotionStatus>;
  /** From when on the status may be another; 0: something has changed since it was judged. Null: no date moves it. */
  status_until: Generated<Instant | null>;
  active: GeneratedAlways<Flag>;
  max_redemptions: GeneratedAlways<number | null>;
  starts_at: GeneratedAlways<Instant | null>;
  expires_at: GeneratedAlways<Instant | null>;
  redeemed_count: GeneratedAlways<number>;
  /** `expires_at`; what never ends comes last. */
  ends_at: GeneratedAlways<Instant>;
  /** `number`, to tell rows of the same value apart in a list. */
  tie: GeneratedAlways<number>;
}

/** A coupon that has changed in a way that may move the status of its codes, and up to which code that is done. */
export interface ChangedCouponTable {
  coupon_id: string;
  after_status: Generated<string>;
  after_created: Generated<Instant>;
  after_tie: Generated<number>;
}

/** The ledger: one row a use. */
export interface RedemptionTable {
  number: Generated<number>;
  ledger_id: string;
  status: RedemptionStatus;
  promotion_id: string;
  /** Whose promotion it is; null where an earlier version wrote the row and the promotion is not in the store. */
  provider: ProviderName | null;
  account: string | null;
  /** The coupon behind the promo code, whose limit the use counts against as well. */
  coupon_id: string | null;
  caller: string;
  customer_id: string | null;
  order_id: string | null;
  order_minor: number | null;
  order_currency: string | null;
  discount_minor: number | null;
  discount_currency: string | null;
  subscription_id: string | null;
  /** The provider's id of the use on its subscription. No other redemption of the account has it. */
  provider_use_id: string | null;
  /** The same, recorded by an earlier version though an older redemption owns it. */
  disputed_use_id: string | null;
  /** The sequence number when it was set aside; null: it never was. */
  taken_sequence: number | null;
  /** The sequence number when we knew that the provider counts this use; null: it does not. */
  counted_sequence: number | null;
  cancel_reason: string | null;
  created_at: Instant;
  /** Null while the provider is being asked to apply it: such a hold does not run out. */
  held_until: Instant | null;
  /** Until when the order's own hold stood that an application to a subscription has taken over. */
  held_before: Instant | null;
  /** What that hold was, as JSON. */
  hold_before: string | null;
  redeemed_at: Instant | null;
  cancelled_at: Instant | null;
}

export interface IdempotencyKeyTable {
  caller: string;
  key: string;
  mutation: string;
  input_hash: string;
  provider: ProviderName;
  /** The object that the key made or changed; null while the call runs. */
  result_id: string | null;
  /** The running call's claim; another process may take the key over once it has lapsed. */
  leased_until: Instant;
  created_at: Instant;
  /** The number of the claim, larger than that of any before. */
  token: Generated<number>;
  /** The text that was generated for a promo code that is made without one. */
  code: string | null;
}

/** A write to a provider, recorded before it is sent. Finished ones are deleted. */
export interface PendingWriteTable {
  id: string;
  provider: ProviderName;
  account: string;
  operation: string;
  caller: string;
  idempotency_key: string | null;
  /** The promo code that is being made, and its look-up key. */
  code: string | null;
  normalized_code: string | null;
  /** The coupon that was made for it first. */
  coupon_id: string | null;
  /** When it was last sent; null: it has not been, or it was refused. */
  sent_at: Instant | null;
  /** The outcome is not known. */
  in_doubt: Generated<Flag>;
  /** What it asks for, as JSON. */
  request: string | null;
  /** When its outcome is to be looked for; null: it was not sent, or only a person can tell. */
  recover_at: Instant | null;
  /** How often its outcome has been looked for. */
  tries: Generated<number>;
  /** The sequence number when it was last sent. */
  sent_sequence: number | null;
  /** Another write of the same promotion was under way at some time while this one was. */
  is_overlapped: Generated<Flag>;
  created_at: Instant;
  /** The promotion that it changes; null: it changes none. */
  target_id: string | null;
}

/** Another change of the same promotion was sent while the outcome of this one was not known. */
export interface LaterWriteTable {
  intent_id: string;
  later_id: string;
}

/** What writes of this gateway have made. */
export interface CreatedHereTable {
  promotion_id: string;
}

/** What an answer has proven of a provider's count, beside the reading on the promotion's own row. */
export interface CountReadingTable {
  promotion_id: string;
  answered_at: number;
  at_least: number;
}

/** What a provider has told of by itself. */
export interface ProviderEventTable {
  provider: ProviderName;
  event_id: string;
  /** As JSON. */
  plan_ids: string;
  subscription_ids: string;
  received_at: Instant;
  is_done: Generated<Flag>;
}

/** How far the synchronisation of an account has come. */
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
  /** The claim of the process that does it. */
  leased_until: Instant;
  /** The number of the claim, larger than that of any before. */
  token: Generated<number>;
}

/** Something that has changed, written down by triggers. */
export interface ChangeTable {
  number: Generated<number>;
  promotion_id: string;
  coupon_id: string | null;
  /** The redemption that has changed; null: the promotion itself. */
  ledger_id: string | null;
}

/** A failed attempt to use a code. */
export interface AttemptTable {
  number: Generated<number>;
  at: Instant;
  caller: string;
  customer_id: string | null;
  address: string | null;
  code: string;
  reason: RefusalReason;
}

/** How often something was done in the current window, which ends at `expire`. Kept by rate-limiter-flexible. */
export interface AttemptLimitTable {
  key: string;
  points: number;
  expire: Instant | null;
}

export interface SequenceTable {
  value: number;
}

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
  sequence: SequenceTable;
  provider_events: ProviderEventTable;
  sync_rounds: SyncRoundTable;
  attempts: AttemptTable;
  attempt_limits: AttemptLimitTable;
}

export type PromotionRow = Selectable<PromotionTable>;
export type RedemptionRow = Selectable<RedemptionTable>;
export type AttemptRow = Selectable<AttemptTable>;
