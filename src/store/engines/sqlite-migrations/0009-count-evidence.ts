import { type Kysely, sql } from 'kysely';

/**
 * Counting by evidence: what answers prove about a provider's count replaces the recount of late uses. Also the columns
 * that order facts (when a write was sent, and whether another write overlapped it), and the pending creation that the
 * rules of a promotion come from.
 */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
}

const STATEMENTS = [
  // By how much the proven count exceeds the latest answer's count.
  'ALTER TABLE promotions RENAME COLUMN counted_late TO count_lag',
  // When the answer arrived that proves the count. 0 for existing rows: before every open use.
  'ALTER TABLE promotions ADD COLUMN count_answered INTEGER NOT NULL DEFAULT 0',
  'ALTER TABLE promotions ADD COLUMN unknown_count INTEGER NOT NULL DEFAULT 0',
  'ALTER TABLE promotions ADD COLUMN unknown_limit INTEGER NOT NULL DEFAULT 0',
  'ALTER TABLE promotions ADD COLUMN rule_sequences TEXT',
  'ALTER TABLE promotions ADD COLUMN rules_of TEXT',
  'CREATE INDEX promotions_by_rules_of ON promotions (rules_of) WHERE rules_of IS NOT NULL',
  `CREATE TABLE count_readings (
    promotion_id TEXT NOT NULL,
    answered_at INTEGER NOT NULL,
    at_least INTEGER NOT NULL,
    PRIMARY KEY (promotion_id, answered_at)
  ) STRICT, WITHOUT ROWID`,

  'ALTER TABLE redemptions ADD COLUMN taken_sequence INTEGER',
  `UPDATE redemptions SET taken_sequence = (SELECT value FROM sequence) + 1 WHERE status = 'HELD'`,
  'UPDATE sequence SET value = value + 1',
  `CREATE INDEX redemptions_open ON redemptions (promotion_id, taken_sequence) WHERE status = 'HELD'`,
  `CREATE INDEX redemptions_open_of_coupon ON redemptions (coupon_id, taken_sequence)
    WHERE status = 'HELD' AND coupon_id IS NOT NULL`,
  'DROP INDEX redemptions_counted',

  'ALTER TABLE intents ADD COLUMN sent_sequence INTEGER',
  'ALTER TABLE intents ADD COLUMN is_overlapped INTEGER NOT NULL DEFAULT 0',
];
