import type { Generated, GeneratedAlways } from 'kysely';
import type { DurationUnit, Instant, PromotionStatus, ProviderName } from '../../domain/promotion/promotion.ts';
import type { Flag } from '../flag.ts';

/**
 * A promo code or coupon. `provider_…` is the provider's latest answer, `rule_…` is what the gateway enforces on top.
 * The database generates the columns without a prefix that have both (the narrower of the two).
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
  /** The code skeleton, where it differs from the normalized code. */
  code_skeleton: string | null;
  name: string | null;
  lower_case_name: string | null;
  coupon_id: string | null;
  percentage: string | null;
  amount_minor: number | null;
  amount_currency: string | null;
  /** The amount in other currencies, as JSON; null: none. */
  amount_options: string | null;
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
  /** The minimum in other currencies, as JSON; null: none. */
  provider_minimum_options: string | null;
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
  /** The only products that it applies to, as JSON; null: any. */
  product_ids: string | null;
  created_at: Instant;
  /** When the provider last confirmed the row. */
  as_of: Instant;
  /** The sequence number of the call that the row shows: when a read was sent, or when a write was answered. */
  read_sequence: number;
  /** The sequence number of an event that may concern it; null: it was read since. */
  due_sequence: number | null;
  /** The provider's own count in the latest answer. */
  provider_count: number;
  /** Redeemed uses that no provider counts. */
  uncounted: Generated<number>;
  /** By how much the proven count exceeds `provider_count`. */
  count_lag: Generated<number>;
  /** The sequence number when the answer arrived that proves the count. */
  count_answered: Generated<number>;
  /** The provider has never returned a count. */
  unknown_count: Generated<Flag>;
  /** The provider has never returned a limit. */
  unknown_limit: Generated<Flag>;
  /** The sequence number of the write that set each rule, as JSON. */
  rule_sequences: string | null;
  /** The pending creation that these rules come from, until its result is known. */
  rules_of: string | null;
  /** Uses that are held, including holds that have ended and are not released yet. */
  held: Generated<number>;
  /** No hold with an end ends before this time; null: no hold has an end. */
  next_release: Generated<Instant | null>;
  /** The status when it was last computed, with the coupon's dates and limit. */
  status: Generated<PromotionStatus>;
  /** When the status may change; 0: something has changed since it was computed. Null: no date changes it. */
  status_until: Generated<Instant | null>;
  active: GeneratedAlways<Flag>;
  max_redemptions: GeneratedAlways<number | null>;
  starts_at: GeneratedAlways<Instant | null>;
  expires_at: GeneratedAlways<Instant | null>;
  redeemed_count: GeneratedAlways<number>;
  /** `expires_at`; promotions without an end sort last. */
  ends_at: GeneratedAlways<Instant>;
  /** `number`, the tie-breaker of lists. */
  tie: GeneratedAlways<number>;
}

/** A coupon whose change may affect the status of its codes, and the last code that was updated. */
export interface ChangedCouponTable {
  coupon_id: string;
  after_status: Generated<string>;
  after_created: Generated<Instant>;
  after_tie: Generated<number>;
}

/** A reading of a provider's count, in addition to the one on the promotion's own row. */
export interface CountReadingTable {
  promotion_id: string;
  answered_at: number;
  at_least: number;
}

/** One row: the version of the function that computed the normalized codes. */
export interface CodeNormalizationTable {
  version: string;
}
