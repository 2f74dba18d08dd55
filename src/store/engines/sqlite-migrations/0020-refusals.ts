import { type Kysely, sql } from 'kysely';

/** What was refused to all callers, and why. */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
}

const STATEMENTS = [
  `CREATE TABLE refusals (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    operation TEXT NOT NULL,
    caller TEXT NOT NULL,
    request_id TEXT,
    code TEXT,
    normalized_code TEXT,
    promotion_id TEXT,
    customer_id TEXT,
    order_id TEXT,
    reason TEXT NOT NULL,
    reason_given TEXT NOT NULL,
    providers TEXT NOT NULL
  ) STRICT`,
  'CREATE INDEX refusals_by_time ON refusals (at, number)',
  'CREATE INDEX refusals_by_caller ON refusals (caller, at, number)',
  'CREATE INDEX refusals_by_customer ON refusals (customer_id, at, number) WHERE customer_id IS NOT NULL',
  'CREATE INDEX refusals_by_order ON refusals (order_id, at, number) WHERE order_id IS NOT NULL',
  'CREATE INDEX refusals_by_code ON refusals (normalized_code, at, number) WHERE normalized_code IS NOT NULL',
  'CREATE INDEX refusals_by_reason ON refusals (reason, at, number)',
];
