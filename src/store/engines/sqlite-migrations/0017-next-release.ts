import { type Kysely, sql } from 'kysely';

/** When the next hold of a promotion ends, so that a read notices holds that have ended and are not released yet. */
export async function up(database: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(database);
}

/** A hold ends at most this long after its promo code or coupon. */
const GRACE_MS = 15 * 60 * 1000;

const CUT = `new.expires_at + ${GRACE_MS}`;

const STATEMENTS = [
  // A lower bound. Null: no hold has an end.
  'ALTER TABLE promotions ADD COLUMN next_release INTEGER',
  // With the status: without it, a planner without statistics prefers an index that begins with the status.
  'DROP INDEX redemptions_running_out',
  'DROP INDEX redemptions_open_holds',
  `CREATE INDEX redemptions_open_holds ON redemptions (caller, customer_id, status, held_until)
    WHERE status = 'HELD' AND held_until IS NOT NULL`,
  `CREATE INDEX redemptions_running_out ON redemptions (status, held_until)
    WHERE status = 'HELD' AND held_until IS NOT NULL`,
  `CREATE INDEX redemptions_held ON redemptions (promotion_id, held_until) WHERE status = 'HELD'`,
  `CREATE INDEX redemptions_held_of_coupon ON redemptions (coupon_id, held_until)
    WHERE status = 'HELD' AND coupon_id IS NOT NULL`,
  `UPDATE promotions SET next_release = (
    SELECT min(held_until) FROM (
      SELECT held_until FROM redemptions WHERE promotion_id = promotions.id AND status = 'HELD'
      UNION ALL SELECT held_until FROM redemptions WHERE coupon_id = promotions.id AND status = 'HELD'
    )
  ) WHERE held > 0`,
  'CREATE INDEX promotions_by_next_release ON promotions (next_release) WHERE next_release IS NOT NULL',

  // A cut hold also counts for the coupon of its code, or for the codes of its coupon.
  'DROP TRIGGER holds_end_with_promotion',
  `CREATE TRIGGER holds_end_with_promotion AFTER UPDATE ON promotions
    WHEN new.expires_at IS NOT NULL AND old.expires_at IS NOT new.expires_at
    BEGIN
      UPDATE redemptions SET held_until = min(held_until, ${CUT}), held_before = min(held_before, ${CUT})
        WHERE promotion_id = new.id AND status = 'HELD';
      UPDATE redemptions SET held_until = min(held_until, ${CUT}), held_before = min(held_before, ${CUT})
        WHERE coupon_id = new.id AND status = 'HELD';
      UPDATE promotions SET next_release = ${CUT}
        WHERE next_release > ${CUT} AND id IN (
          SELECT new.id
          UNION SELECT promotion_id FROM redemptions WHERE coupon_id = new.id AND status = 'HELD'
          UNION SELECT coupon_id FROM redemptions WHERE promotion_id = new.id AND status = 'HELD'
        );
    END`,
];
