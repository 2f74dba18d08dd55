import { type Kysely, sql } from 'kysely';

/** A log of changes, in the order of the commits, for listeners in all processes. */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
}

/** The columns that clients see and that can change, without the time of the last read. */
const VISIBLE = [
  'status',
  'name',
  'percentage',
  'amount_minor',
  'amount_currency',
  'duration_kind',
  'duration_count',
  'active',
  'max_redemptions',
  'redeemed_count',
  'held',
  'starts_at',
  'expires_at',
  'provider_customer_id',
  'provider_plan_id',
  'provider_first_transaction',
  'provider_minimum_minor',
  'provider_minimum_currency',
  'rule_per_customer',
  'rule_customer_id',
  'rule_plan_id',
  'rule_first_transaction',
  'rule_minimum_minor',
  'rule_minimum_currency',
  'metadata',
];

const STATEMENTS = [
  `CREATE TABLE changes (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    promotion_id TEXT NOT NULL,
    coupon_id TEXT,
    ledger_key TEXT
  ) STRICT`,
  `CREATE TRIGGER changes_promotion_made AFTER INSERT ON promotions
    BEGIN
      INSERT INTO changes (promotion_id) VALUES (new.id);
    END`,
  `CREATE TRIGGER changes_promotion AFTER UPDATE ON promotions
    WHEN ${VISIBLE.map((column) => `old.${column} IS NOT new.${column}`).join(' OR ')}
    BEGIN
      INSERT INTO changes (promotion_id) VALUES (new.id);
    END`,
  `CREATE TRIGGER changes_redemption_made AFTER INSERT ON redemptions
    BEGIN
      INSERT INTO changes (promotion_id, coupon_id, ledger_key) VALUES (new.promotion_id, new.coupon_id, new.ledger_key);
    END`,
  `CREATE TRIGGER changes_redemption AFTER UPDATE ON redemptions WHEN old.status IS NOT new.status
    BEGIN
      INSERT INTO changes (promotion_id, coupon_id, ledger_key) VALUES (new.promotion_id, new.coupon_id, new.ledger_key);
    END`,
];
