import { type Kysely, sql } from 'kysely';

/** The first tables: promotions, the ledger of their uses, idempotency keys and pending writes. */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
}

const STATEMENTS = [
  `CREATE TABLE promotions (
    id TEXT PRIMARY KEY,
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
    provider_count INTEGER NOT NULL,
    uncounted INTEGER NOT NULL DEFAULT 0 CHECK (uncounted >= 0),
    counted_late INTEGER NOT NULL DEFAULT 0 CHECK (counted_late >= 0),
    held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
    active INTEGER GENERATED ALWAYS AS (provider_active AND NOT rule_switched_off),
    max_redemptions INTEGER GENERATED ALWAYS AS (coalesce(min(provider_max, rule_max), provider_max, rule_max)),
    starts_at INTEGER GENERATED ALWAYS AS
      (coalesce(max(provider_starts_at, rule_starts_at), provider_starts_at, rule_starts_at)),
    expires_at INTEGER GENERATED ALWAYS AS
      (coalesce(min(provider_expires_at, rule_expires_at), provider_expires_at, rule_expires_at)),
    redeemed_count INTEGER GENERATED ALWAYS AS (provider_count + uncounted + counted_late)
  ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX promotions_by_code ON promotions (code_key, provider, account) WHERE code_key IS NOT NULL',
  'CREATE INDEX promotions_by_coupon ON promotions (coupon_id, created_at, id) WHERE coupon_id IS NOT NULL',
  'CREATE INDEX promotions_by_creation ON promotions (kind, created_at, id)',
  'CREATE INDEX promotions_by_expiry ON promotions (kind, coalesce(expires_at, 9007199254740991), id)',
  'CREATE INDEX promotions_by_redemptions ON promotions (kind, redeemed_count, id)',

  `CREATE TABLE redemptions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    ledger_key TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL CHECK (status IN ('HELD', 'REDEEMED', 'CANCELLED', 'EXPIRED')),
    promotion_id TEXT NOT NULL,
    coupon_id TEXT,
    caller TEXT NOT NULL,
    customer_id TEXT,
    order_id TEXT,
    order_minor INTEGER,
    order_currency TEXT,
    discount_minor INTEGER,
    discount_currency TEXT,
    subscription_id TEXT,
    provider_use_id TEXT,
    counted_sequence INTEGER,
    cancel_reason TEXT,
    created_at INTEGER NOT NULL,
    held_until INTEGER,
    redeemed_at INTEGER,
    cancelled_at INTEGER
  ) STRICT`,
  // An order uses a promotion at most once.
  `CREATE UNIQUE INDEX redemptions_by_order ON redemptions (caller, promotion_id, coalesce(customer_id, ''), order_id)
    WHERE order_id IS NOT NULL AND status IN ('HELD', 'REDEEMED')`,
  'CREATE INDEX redemptions_by_promotion ON redemptions (promotion_id, created_at, number)',
  'CREATE INDEX redemptions_by_coupon ON redemptions (coupon_id, created_at, number) WHERE coupon_id IS NOT NULL',
  'CREATE INDEX redemptions_by_creation ON redemptions (created_at, number)',
  'CREATE INDEX redemptions_by_customer ON redemptions (customer_id, promotion_id, created_at, number)',
  'CREATE INDEX redemptions_by_order_id ON redemptions (order_id, created_at, number) WHERE order_id IS NOT NULL',
  "CREATE INDEX redemptions_running_out ON redemptions (held_until) WHERE status = 'HELD' AND held_until IS NOT NULL",

  `CREATE TABLE idempotency_keys (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    mutation TEXT NOT NULL,
    input_hash TEXT NOT NULL,
    provider TEXT NOT NULL,
    result_id TEXT,
    leased_until INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (caller, key)
  ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at)',

  `CREATE TABLE intents (
    id TEXT PRIMARY KEY,
    provider TEXT NOT NULL,
    account TEXT NOT NULL,
    operation TEXT NOT NULL,
    caller TEXT NOT NULL,
    idempotency_key TEXT,
    code TEXT,
    code_key TEXT,
    coupon_id TEXT,
    sent_at INTEGER,
    in_doubt INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,

  'CREATE INDEX intents_by_code ON intents (code_key) WHERE code_key IS NOT NULL',
  'CREATE INDEX intents_by_key ON intents (idempotency_key, caller) WHERE idempotency_key IS NOT NULL',

  'CREATE TABLE sequence (value INTEGER NOT NULL) STRICT',
  'INSERT INTO sequence VALUES (0)',
];
