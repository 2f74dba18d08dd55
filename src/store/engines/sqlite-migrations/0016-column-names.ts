import { type Kysely, sql } from 'kysely';

/**
 * Gives columns the names that the code uses. "Key" alone stays reserved for idempotency keys. SQLite renames the
 * columns in indexes and triggers too.
 */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
}

const STATEMENTS = [
  'ALTER TABLE promotions RENAME COLUMN code_key TO normalized_code',
  'ALTER TABLE promotions RENAME COLUMN name_key TO lower_case_name',
  'ALTER TABLE intents RENAME COLUMN code_key TO normalized_code',
  'ALTER TABLE redemptions RENAME COLUMN ledger_key TO ledger_id',
  'ALTER TABLE changes RENAME COLUMN ledger_key TO ledger_id',
  'ALTER TABLE code_keys RENAME TO code_normalization',
];
