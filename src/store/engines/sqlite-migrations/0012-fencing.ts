import { type Kysely, sql } from 'kysely';

/**
 * Leases get fencing tokens. An idempotency key stores the code that was generated for it. The store records which
 * promotions this gateway created, and which changes of a promotion overlapped.
 */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
}

const CHANGES = `operation IN ('updatePromoCode', 'updateCoupon', 'archiveCoupon')`;

const STATEMENTS = [
  'ALTER TABLE idempotency_keys ADD COLUMN token INTEGER NOT NULL DEFAULT 0',
  'ALTER TABLE idempotency_keys ADD COLUMN code TEXT',
  'ALTER TABLE sync_rounds ADD COLUMN token INTEGER NOT NULL DEFAULT 0',

  'ALTER TABLE intents ADD COLUMN target_id TEXT',
  `UPDATE intents SET target_id = json_extract(request, '$.id') WHERE request IS NOT NULL AND ${CHANGES}`,
  'CREATE INDEX intents_by_target ON intents (target_id) WHERE target_id IS NOT NULL',

  `CREATE TABLE later_writes (
    intent_id TEXT NOT NULL,
    later_id TEXT NOT NULL,
    PRIMARY KEY (intent_id, later_id)
  ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX later_writes_by_later ON later_writes (later_id)',
  // For older pending changes it is unknown whether a later change was sent, so an operator must decide.
  `INSERT INTO later_writes SELECT id, 'unknown' FROM intents WHERE sent_at IS NOT NULL AND ${CHANGES}`,

  'CREATE TABLE made_here (promotion_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID',
  `INSERT OR IGNORE INTO made_here SELECT result_id FROM idempotency_keys
    WHERE result_id IS NOT NULL AND mutation IN ('createCoupon', 'createPromoCode')`,
  'INSERT OR IGNORE INTO made_here SELECT coupon_id FROM intents WHERE coupon_id IS NOT NULL',
];
