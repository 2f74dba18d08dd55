import { type Kysely, sql } from 'kysely';

/**
 * For recovery: the request of a write, the time of its next reconciliation, and the hold that an application replaces.
 */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
}

const STATEMENTS = [
  'ALTER TABLE intents ADD COLUMN request TEXT',
  'ALTER TABLE intents ADD COLUMN recover_at INTEGER',
  'ALTER TABLE intents ADD COLUMN tries INTEGER NOT NULL DEFAULT 0',
  'CREATE INDEX intents_to_recover ON intents (recover_at) WHERE recover_at IS NOT NULL',
  'ALTER TABLE redemptions ADD COLUMN held_before INTEGER',
];
