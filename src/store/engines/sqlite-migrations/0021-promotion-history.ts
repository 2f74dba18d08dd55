import { type Kysely, sql } from 'kysely';

/** Who changed promotions, and how. */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
}

const STATEMENTS = [
  `CREATE TABLE promotion_history (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    promotion_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    caller TEXT NOT NULL,
    request_id TEXT,
    fields TEXT NOT NULL
  ) STRICT`,
  'CREATE INDEX promotion_history_by_promotion ON promotion_history (promotion_id, number)',
];
