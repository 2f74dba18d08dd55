import { type Kysely, sql } from 'kysely';

/**
 * The products that a coupon applies to. A discount that the provider computes needs no column: its row has neither a
 * percentage nor an amount.
 */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
}

const STATEMENTS = [
  'ALTER TABLE promotions ADD COLUMN product_ids TEXT',
  // Clients see the products, so a change is an event. A separate trigger, because migrations may replace the other
  // one.
  `CREATE TRIGGER changes_promotion_products AFTER UPDATE ON promotions WHEN old.product_ids IS NOT new.product_ids
    BEGIN
      INSERT INTO changes (promotion_id) VALUES (new.id);
    END`,
];
