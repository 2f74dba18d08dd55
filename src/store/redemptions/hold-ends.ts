import { type SqlBool, sql } from 'kysely';
import type { Instant } from '../../domain/promotion/promotion.ts';
import { LONGEST_HOLD_SECONDS, type RedemptionStatus } from '../../domain/redemption/redemption.ts';
import type { Db, Engine } from '../engines/engine.ts';

const LONGEST_HOLD_MS = LONGEST_HOLD_SECONDS * 1000;
const HELD = sql.lit<RedemptionStatus>('HELD');

/**
 * Brings the recorded ends of holds up to date. A hold that ends later than the longest hold is shortened: a process
 * whose clock was ahead has taken it. For promotions whose next hold should have ended, the next end is looked up.
 */
export async function updateHoldEnds({ dialect }: Pick<Engine, 'dialect'>, db: Db, now: Instant): Promise<void> {
  const latest = now + LONGEST_HOLD_MS;
  const held = db.updateTable('redemptions').where('status', '=', HELD);
  await held.set({ held_until: latest }).where('held_until', '>', latest).execute();
  await db.updateTable('promotions').set({ next_release: latest }).where('next_release', '>', latest).execute();
  const nextEnd = (column: 'promotion_id' | 'coupon_id') =>
    sql<Instant | null>`(select min(held_until) from redemptions
      where ${sql.ref(`redemptions.${column}`)} = promotions.id and status = ${HELD} and held_until is not null)`;
  await db
    .updateTable('promotions')
    .set({ next_release: dialect.least(nextEnd('promotion_id'), nextEnd('coupon_id')) })
    .where(sql<SqlBool>`next_release <= ${now}`)
    .execute();
}
