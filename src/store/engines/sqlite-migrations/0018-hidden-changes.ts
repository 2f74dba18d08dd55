import { type Kysely, sql } from 'kysely';

/** Records changes that clients do not see, too: the gateway must not give an answer again that depends on them. */
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
  'product_ids',
];

/** The other columns that decide what a read answers, or whether it calls the provider. */
const HIDDEN = [
  'code',
  'normalized_code',
  'code_skeleton',
  'coupon_id',
  'duration_unit',
  'rule_switched_off',
  'rule_max',
  'rule_starts_at',
  'rule_expires_at',
  'created_at',
  'due_sequence',
  'unknown_count',
  'unknown_limit',
  'next_release',
];

const anyDiffers = (columns: string[]) => columns.map((column) => `old.${column} IS NOT new.${column}`).join(' OR ');

const STATEMENTS = [
  'ALTER TABLE changes ADD COLUMN is_hidden INTEGER NOT NULL DEFAULT 0',
  'DROP TRIGGER changes_promotion',
  'DROP TRIGGER changes_promotion_products',
  `CREATE TRIGGER changes_promotion AFTER UPDATE ON promotions WHEN ${anyDiffers([...VISIBLE, ...HIDDEN])}
    BEGIN
      INSERT INTO changes (promotion_id, is_hidden) VALUES (new.id, NOT (${anyDiffers(VISIBLE)}));
    END`,
];
