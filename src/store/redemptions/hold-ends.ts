import { sql } from 'kysely';
import type { Instant } from '../../domain/promotion/promotion.ts';
import { LONGEST_HOLD_SECONDS, type RedemptionStatus } from '../../domain/redemption/redemption.ts';
import type { Db, Engine } from '../engines/engine.ts';

const LONGEST_HOLD_MS = LONGEST_HOLD_SECONDS * 1000;
/** The order and a small limit make a database without statistics use the index. */
const MOST_UPDATED = 100;
/** The next call updates more. */
const MOST_PAGES = 5;
const HELD = sql.lit<RedemptionStatus>('HELD');

/**
 * Brings the recorded ends of holds up to date. A hold that ends later than the longest hold is shortened: a process
 * whose clock was ahead has taken it. For promotions whose next hold should have ended, the next end is looked up. Waits
 * for no row that another transaction has locked: the next call updates it.
 */
export async function updateHoldEnds({ dialect }: Pick<Engine, 'dialect'>, db: Db, now: Instant): Promise<void> {
  const latest = now + LONGEST_HOLD_MS;
  const promotions = () => db.selectFrom('promotions').select('id');
  const idsOf = async (query: ReturnType<typeof promotions>) =>
    (await dialect.lockedUnlessBusy(query.orderBy('next_release').limit(MOST_UPDATED)).execute()).map(({ id }) => id);
  const update = (ids: readonly string[]) => db.updateTable('promotions').where(dialect.isAmong(sql.ref('id'), ids));

  const holds = db.selectFrom('redemptions').select('ledger_id').where('status', '=', HELD);
  const tooLong = await dialect
    .lockedUnlessBusy(holds.where('held_until', '>', latest).orderBy('held_until').limit(MOST_UPDATED))
    .execute();
  if (tooLong.length > 0) {
    const isTooLong = dialect.isAmong(
      sql.ref('ledger_id'),
      tooLong.map((row) => row.ledger_id),
    );
    await db.updateTable('redemptions').set({ held_until: latest }).where(isTooLong).execute();
  }
  const tooLate = await idsOf(promotions().where('next_release', '>', latest));
  if (tooLate.length > 0) await update(tooLate).set({ next_release: latest }).execute();

  const nextEnd = (column: 'promotion_id' | 'coupon_id') =>
    sql<Instant | null>`(select min(held_until) from redemptions
      where ${sql.ref(`redemptions.${column}`)} = promotions.id and status = ${HELD} and held_until is not null)`;
  const nextEnds = { next_release: dialect.least(nextEnd('promotion_id'), nextEnd('coupon_id')) };
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const passed = await idsOf(promotions().where('next_release', '<=', now));
    if (passed.length > 0) await update(passed).set(nextEnds).execute();
    if (passed.length < MOST_UPDATED) return;
  }
}
