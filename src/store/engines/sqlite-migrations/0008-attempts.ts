import { type Kysely, sql } from 'kysely';

/** Failed attempts to use codes, and the limits on them. */
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
  // The table that rate-limiter-flexible expects.
  'CREATE TABLE attempt_limits (key TEXT PRIMARY KEY, points INTEGER NOT NULL DEFAULT 0, expire INTEGER) STRICT',
];
