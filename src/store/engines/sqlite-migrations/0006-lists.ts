import { type Kysely, sql } from 'kysely';

/**
 * Lists of any size: the status is stored, and there is an index for each combination of filter and order. The table
 * gets a row number. Index entries then contain the number instead of the id, which is three times as long as all the
 * rest.
 */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
}

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

const KEPT = `id, kind, provider, account, provider_id, code, code_key, name, name_key, coupon_id, percentage,
  amount_minor, amount_currency, duration_kind, duration_count, duration_unit, provider_active, provider_max,
  provider_starts_at, provider_expires_at, provider_customer_id, provider_plan_id, provider_first_transaction,
  provider_minimum_minor, provider_minimum_currency, rule_switched_off, rule_max, rule_per_customer, rule_starts_at,
  rule_expires_at, rule_customer_id, rule_plan_id, rule_first_transaction, rule_minimum_minor, rule_minimum_currency,
  metadata, created_at, as_of, read_sequence, due_sequence, provider_count, uncounted, counted_late, held`;

const STATEMENTS = [
  `CREATE TABLE numbered (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('PromoCode', 'Coupon')),
    provider TEXT NOT NULL,
    account TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    code TEXT,
    code_key TEXT,
    name TEXT,
    name_key TEXT,
    coupon_id TEXT,
    percentage TEXT,
    amount_minor INTEGER,
    amount_currency TEXT,
    duration_kind TEXT NOT NULL,
    duration_count INTEGER,
    duration_unit TEXT,
    provider_active INTEGER NOT NULL,
    provider_max INTEGER,
    provider_starts_at INTEGER,
    provider_expires_at INTEGER,
    provider_customer_id TEXT,
    provider_plan_id TEXT,
    provider_first_transaction INTEGER NOT NULL,
    provider_minimum_minor INTEGER,
    provider_minimum_currency TEXT,
    rule_switched_off INTEGER NOT NULL DEFAULT 0,
    rule_max INTEGER,
    rule_per_customer INTEGER,
    rule_starts_at INTEGER,
    rule_expires_at INTEGER,
    rule_customer_id TEXT,
    rule_plan_id TEXT,
    rule_first_transaction INTEGER NOT NULL DEFAULT 0,
    rule_minimum_minor INTEGER,
    rule_minimum_currency TEXT,
    metadata TEXT,
    created_at INTEGER NOT NULL,
    as_of INTEGER NOT NULL,
    read_sequence INTEGER NOT NULL,
    due_sequence INTEGER,
    provider_count INTEGER NOT NULL,
    uncounted INTEGER NOT NULL DEFAULT 0 CHECK (uncounted >= 0),
    counted_late INTEGER NOT NULL DEFAULT 0 CHECK (counted_late >= 0),
    held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
    status TEXT NOT NULL DEFAULT 'ACTIVE',
    status_until INTEGER DEFAULT 0,
    active INTEGER GENERATED ALWAYS AS (provider_active AND NOT rule_switched_off),
    max_redemptions INTEGER GENERATED ALWAYS AS (coalesce(min(provider_max, rule_max), provider_max, rule_max)),
    starts_at INTEGER GENERATED ALWAYS AS
      (coalesce(max(provider_starts_at, rule_starts_at), provider_starts_at, rule_starts_at)),
    expires_at INTEGER GENERATED ALWAYS AS
      (coalesce(min(provider_expires_at, rule_expires_at), provider_expires_at, rule_expires_at)),
    redeemed_count INTEGER GENERATED ALWAYS AS (provider_count + uncounted + counted_late),
    -- What never ends comes last.
    ends_at INTEGER GENERATED ALWAYS AS (coalesce(expires_at, 9007199254740991)),
    -- The number under a name of its own: (value, number) > (?, ?) is no range on an index for SQLite, this is.
    tie INTEGER GENERATED ALWAYS AS (number)
  ) STRICT`,
  `INSERT INTO numbered (${KEPT}) SELECT ${KEPT} FROM promotions ORDER BY created_at, id`,
  'DROP TABLE promotions',
  'ALTER TABLE numbered RENAME TO promotions',
  ...LIST_INDEXES,
  'CREATE INDEX promotions_by_code ON promotions (code_key) WHERE code_key IS NOT NULL',
  'CREATE INDEX promotions_by_plan ON promotions (provider_plan_id) WHERE provider_plan_id IS NOT NULL',
  'CREATE INDEX promotions_by_plan_rule ON promotions (rule_plan_id) WHERE rule_plan_id IS NOT NULL',
  'CREATE INDEX promotions_to_judge ON promotions (status_until) WHERE status_until IS NOT NULL',
  // For the synchronisation: the coupons of an account, newest first, and the promotions that it has not seen.
  `CREATE INDEX promotions_coupons ON promotions (provider, account, created_at, tie)
    WHERE kind = 'Coupon' AND provider_active = 1`,
  `CREATE INDEX promotions_by_read ON promotions (provider, account, read_sequence, tie) WHERE provider_active = 1`,

  // The coupons whose promo codes need a new status, and the progress of that.
  `CREATE TABLE changed_coupons (
    coupon_id TEXT PRIMARY KEY,
    after_status TEXT NOT NULL DEFAULT '',
    after_created INTEGER NOT NULL DEFAULT 0,
    after_tie INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID`,
  // Marks a changed row, and the promo codes of a changed coupon, for a new status. (Without INSERT OR REPLACE, because
  // the conflict clause of the statement that fires a trigger overrides the trigger's own.)
  `CREATE TRIGGER promotions_changed AFTER UPDATE ON promotions
    WHEN old.active IS NOT new.active
      OR (old.redeemed_count >= old.max_redemptions) IS NOT (new.redeemed_count >= new.max_redemptions)
      OR old.starts_at IS NOT new.starts_at
      OR old.expires_at IS NOT new.expires_at
      OR old.coupon_id IS NOT new.coupon_id
    BEGIN
      UPDATE promotions SET status_until = 0 WHERE number = new.number;
      DELETE FROM changed_coupons WHERE coupon_id = new.id;
      INSERT INTO changed_coupons (coupon_id) SELECT new.id WHERE new.kind = 'Coupon';
    END`,
  'DROP INDEX redemptions_by_promotion',
  'DROP INDEX redemptions_by_coupon',
  'DROP INDEX redemptions_by_creation',
  'CREATE INDEX redemptions_by_status ON redemptions (status, created_at, number)',
  'CREATE INDEX redemptions_by_promotion ON redemptions (promotion_id, status, created_at, number)',
  `CREATE INDEX redemptions_by_coupon ON redemptions (coupon_id, status, created_at, number)
    WHERE coupon_id IS NOT NULL`,
  `CREATE INDEX redemptions_of_customer ON redemptions (customer_id, created_at, number)
    WHERE customer_id IS NOT NULL`,
  // Finds the few uses that were counted after a read was sent, among the many uses of a promotion.
  'CREATE INDEX redemptions_counted ON redemptions (counted_sequence) WHERE counted_sequence IS NOT NULL',
];
