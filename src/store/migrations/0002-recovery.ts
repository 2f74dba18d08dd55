import { type Kysely, sql } from 'kysely';

/** What recovery needs: what a write asked for, when to look for it next, and the hold that an application took over. */
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
