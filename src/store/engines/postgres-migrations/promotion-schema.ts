import { NUMBER, TEXT } from './column-types.ts';

/** What never ends comes last. */
const NEVER = '9007199254740991';

/**
 * The generated columns. Triggers that run before an update cannot read those of the new row, so they use the
 * expressions. `least` and `greatest` ignore nulls.
 * @param row the prefix of the columns, such as `new.`
 */
export function generatedColumns(row = '') {
  const expires = `least(${row}provider_expires_at, ${row}rule_expires_at)`;
  return {
    active: `(${row}provider_active <> 0 AND ${row}rule_switched_off = 0)::integer`,
    max_redemptions: `least(${row}provider_max, ${row}rule_max)`,
    starts_at: `greatest(${row}provider_starts_at, ${row}rule_starts_at)`,
    expires_at: expires,
    redeemed_count: `${row}provider_count + ${row}uncounted + ${row}count_lag`,
    ends_at: `coalesce(${expires}, ${NEVER})`,
    tie: `${row}number`,
  };
}

const GENERATED = Object.entries(generatedColumns()).map(
  ([column, expression]) => `${column} bigint GENERATED ALWAYS AS (${expression}) STORED`,
);

/** The filters that an index serves. Each is combined with each order. */
const FILTERED_BY = {
  provider: 'kind, provider, status',
  account: 'kind, provider, account, status',
  coupon: 'coupon_id, status',
};
const ORDERED_BY = { creation: 'created_at', expiry: 'ends_at', redemptions: 'redeemed_count' };

const LIST_INDEXES = Object.entries(FILTERED_BY).flatMap(([filter, equal]) =>
  Object.entries(ORDERED_BY).map(
    ([order, column]) =>
      `CREATE INDEX promotions_by_${filter}_${order} ON promotions (${equal}, ${column}, tie)
        ${filter === 'coupon' ? 'WHERE coupon_id IS NOT NULL' : ''}`,
  ),
);

/** Promotions, and what is derived from them. */
export const PROMOTIONS = [
  // The free space of each page lets an update that changes no indexed column, such as a hold, leave the indexes alone.
  `CREATE TABLE promotions (
    number ${NUMBER} PRIMARY KEY,
    id ${TEXT} NOT NULL UNIQUE,
    kind ${TEXT} NOT NULL CHECK (kind IN ('PromoCode', 'Coupon')),
    provider ${TEXT} NOT NULL,
    account ${TEXT} NOT NULL,
    provider_id ${TEXT} NOT NULL,
    code ${TEXT},
    normalized_code ${TEXT},
    code_skeleton ${TEXT},
    name ${TEXT},
    lower_case_name ${TEXT},
    coupon_id ${TEXT},
    percentage ${TEXT},
    amount_minor bigint,
    amount_currency ${TEXT},
    amount_options ${TEXT},
    duration_kind ${TEXT} NOT NULL,
    duration_count bigint,
    duration_unit ${TEXT},
    provider_active bigint NOT NULL,
    provider_max bigint,
    provider_starts_at bigint,
    provider_expires_at bigint,
    provider_customer_id ${TEXT},
    provider_plan_id ${TEXT},
    provider_first_transaction bigint NOT NULL,
    provider_minimum_minor bigint,
    provider_minimum_currency ${TEXT},
    provider_minimum_options ${TEXT},
    rule_switched_off bigint NOT NULL DEFAULT 0,
    rule_max bigint,
    rule_per_customer bigint,
    rule_starts_at bigint,
    rule_expires_at bigint,
    rule_customer_id ${TEXT},
    rule_plan_id ${TEXT},
    rule_first_transaction bigint NOT NULL DEFAULT 0,
    rule_minimum_minor bigint,
    rule_minimum_currency ${TEXT},
    metadata ${TEXT},
    product_ids ${TEXT},
    created_at bigint NOT NULL,
    as_of bigint NOT NULL,
    read_sequence bigint NOT NULL,
    due_sequence bigint,
    provider_count bigint NOT NULL,
    uncounted bigint NOT NULL DEFAULT 0 CHECK (uncounted >= 0),
    count_lag bigint NOT NULL DEFAULT 0 CHECK (count_lag >= 0),
    count_answered bigint NOT NULL DEFAULT 0,
    unknown_count bigint NOT NULL DEFAULT 0,
    unknown_limit bigint NOT NULL DEFAULT 0,
    rule_sequences ${TEXT},
    rules_of ${TEXT},
    held bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
    next_release bigint,
    status ${TEXT} NOT NULL DEFAULT 'ACTIVE',
    status_until bigint DEFAULT 0,
    ${GENERATED.join(',\n    ')}
  ) WITH (fillfactor = 80)`,
  ...LIST_INDEXES,
  'CREATE INDEX promotions_by_code ON promotions (normalized_code) WHERE normalized_code IS NOT NULL',
  'CREATE INDEX promotions_by_skeleton ON promotions (code_skeleton) WHERE code_skeleton IS NOT NULL',
  'CREATE INDEX promotions_by_plan ON promotions (provider_plan_id) WHERE provider_plan_id IS NOT NULL',
  'CREATE INDEX promotions_by_plan_rule ON promotions (rule_plan_id) WHERE rule_plan_id IS NOT NULL',
  'CREATE INDEX promotions_by_rules_of ON promotions (rules_of) WHERE rules_of IS NOT NULL',
  'CREATE INDEX promotions_by_next_release ON promotions (next_release) WHERE next_release IS NOT NULL',
  'CREATE INDEX promotions_to_judge ON promotions (status_until) WHERE status_until IS NOT NULL',
  // For the synchronisation: the coupons of an account, newest first, and the promotions that it has not seen.
  `CREATE INDEX promotions_coupons ON promotions (provider, account, created_at, tie)
    WHERE kind = 'Coupon' AND provider_active = 1`,
  `CREATE INDEX promotions_by_read ON promotions (provider, account, read_sequence, tie) WHERE provider_active = 1`,

  // The coupons whose promo codes need a new status, and the progress of that.
  `CREATE TABLE changed_coupons (
    coupon_id ${TEXT} PRIMARY KEY,
    after_status ${TEXT} NOT NULL DEFAULT '',
    after_created bigint NOT NULL DEFAULT 0,
    after_tie bigint NOT NULL DEFAULT 0
  )`,
  `CREATE TABLE count_readings (
    promotion_id ${TEXT} NOT NULL,
    answered_at bigint NOT NULL,
    at_least bigint NOT NULL,
    PRIMARY KEY (promotion_id, answered_at)
  )`,
  `CREATE TABLE made_here (promotion_id ${TEXT} PRIMARY KEY)`,
  // The version of the function that computed the normalized codes. The empty version makes the store recompute them.
  `CREATE TABLE code_normalization (version ${TEXT} NOT NULL)`,
  "INSERT INTO code_normalization VALUES ('')",
];
