import { type Kysely, sql } from 'kysely';

/** Discounts and minimum orders in several currencies. */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
}

const STATEMENTS = [
  'ALTER TABLE promotions ADD COLUMN amount_options TEXT',
  'ALTER TABLE promotions ADD COLUMN provider_minimum_options TEXT',
  // Clients see both. A trigger beside the one of the other columns, which stays as it is.
  `CREATE TRIGGER changes_promotion_options AFTER UPDATE ON promotions
    WHEN old.amount_options IS NOT new.amount_options
      OR old.provider_minimum_options IS NOT new.provider_minimum_options
    BEGIN
      INSERT INTO changes (promotion_id) VALUES (new.id);
    END`,
];
