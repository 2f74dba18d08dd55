import { type Kysely, sql } from 'kysely';

/** What callers have tried that may not look codes up, and how much of that each has left. */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
}

const STATEMENTS = [
  `CREATE TABLE attempts (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    caller TEXT NOT NULL,
    customer_id TEXT,
    address TEXT,
    code TEXT NOT NULL,
    reason TEXT NOT NULL
  ) STRICT`,
  'CREATE INDEX attempts_by_time ON attempts (at, number)',
  'CREATE INDEX attempts_by_caller ON attempts (caller, at, number)',
  'CREATE INDEX attempts_by_customer ON attempts (customer_id, at, number) WHERE customer_id IS NOT NULL',
  'CREATE INDEX attempts_by_address ON attempts (address, at, number) WHERE address IS NOT NULL',
  // As rate-limiter-flexible has it.
  'CREATE TABLE attempt_limits (key TEXT PRIMARY KEY, points INTEGER NOT NULL DEFAULT 0, expire INTEGER) STRICT',
];
