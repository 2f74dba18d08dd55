import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Instant, PromotionStatus } from '../../domain/promotion/promotion.ts';
import { nextStatusChange, statusAt } from '../../domain/promotion/status.ts';
import type { Db, Engine } from '../engines/engine.ts';
import { type Placeholders, type PreparedQuery, prepare } from '../engines/prepared.ts';
import { ROWS_IN_A_TURN, type Turns } from '../lists/turns.ts';
import type { PromotionRow } from '../tables.ts';
import { statusFacts } from './promotion-rows.ts';

/** How many statuses one transaction computes. More would delay everything else in the process. */
const BATCH = 200;

/** A `now` that is this much earlier is no correction of the clock: updates that run together do not end in order. */
const OUT_OF_ORDER_MS = 1000;

interface ComputedStatus {
  number: number;
  status: PromotionStatus;
  until: Instant | null;
}

/** Updates the stored statuses, which lists filter by, after changes of the clock, the uses and the coupons. */
export class Statuses {
  readonly #engine: Engine;
  readonly #turns: Turns;
  readonly #batch: number;
  /** The latest `now` of an update. */
  #updatedAt: Instant = 0;
  readonly #isDue: PreparedQuery<{ now: Instant }, { number: number }>;
  readonly #due: PreparedQuery<{ now: Instant }, PromotionRow>;

  constructor(engine: Engine, turns: Turns, batch = BATCH) {
    this.#engine = engine;
    this.#turns = turns;
    this.#batch = batch;
    this.#isDue = prepare(engine, (db, value: Placeholders<{ now: Instant }>) =>
      db.selectFrom('promotions').select('number').where('status_until', '<=', value('now')).limit(1),
    );
    this.#due = prepare(engine, (db, value: Placeholders<{ now: Instant }>) => {
      const due = db.selectFrom('promotions').selectAll().where('status_until', '<=', value('now')).limit(batch);
      return engine.dialect.lockedUnlessBusy(due);
    });
  }

  /**
   * Updates a batch of statuses: of promotions that changed or reached a date, and of promo codes whose coupon changed.
   * Leaves out rows that another transaction has locked.
   * @param isBrief gives up soon if the store is locked
   * @returns whether every stored status is that of `now`
   */
  async update(now: Instant, { isBrief = false } = {}): Promise<boolean> {
    const run: Engine['transaction'] = (work) =>
      isBrief ? this.#engine.briefly(work) : this.#engine.transaction(work);
    await this.#followClock(now, run);
    if (await this.isCurrent(now)) return true;
    this.#turns.spend(ROWS_IN_A_TURN);
    return run(async (db) => {
      await this.#updateRows(db, await this.#due.all(db, { now }), now);
      await this.#updateCodes(db, now);
      return this.isCurrent(now, db);
    });
  }

  /** If the clock was ahead and was corrected, marks the promotions whose date is in the future again. */
  async #followClock(now: Instant, run: Engine['transaction']): Promise<void> {
    const passed = this.#updatedAt;
    if (now > passed - OUT_OF_ORDER_MS) {
      this.#updatedAt = Math.max(now, passed);
      return;
    }
    const isPassed = sql<SqlBool>`(starts_at > ${now} and starts_at <= ${passed})
      or (expires_at > ${now} and expires_at <= ${passed})`;
    await run((db) => db.updateTable('promotions').set({ status_until: 0 }).where(isPassed).execute());
    // After the commit: if it fails, the next update marks them.
    this.#updatedAt = now;
  }

  /** Whether every stored status is that of `now`. */
  async isCurrent(now: Instant, db: Db = this.#engine.reads): Promise<boolean> {
    if ((await this.#isDue.first(db, { now })) !== undefined) return false;
    return (await changedCoupons(db).executeTakeFirst()) === undefined;
  }

  /**
   * Updates the next promo codes of a changed coupon. One whose update moves it forward in the order is computed again.
   */
  async #updateCodes(db: Db, now: Instant): Promise<void> {
    const { dialect } = this.#engine;
    // Locked, so that a change of the coupon that is not committed yet marks it again afterwards.
    const changed = await dialect.lockedUnlessBusy(changedCoupons(db)).executeTakeFirst();
    if (!changed) return;
    const { coupon_id, after_status, after_created, after_tie } = changed;
    const next = await db
      .selectFrom('promotions')
      .select(['id', 'status', 'created_at', 'tie'])
      .where('coupon_id', '=', coupon_id)
      .where(sql<SqlBool>`(status, created_at, tie) > (${after_status}, ${after_created}, ${after_tie})`)
      .orderBy('status')
      .orderBy('created_at')
      .orderBy('tie')
      .limit(this.#batch)
      .execute();
    const codes = this.#rowsOf(
      db,
      next.map(({ id }) => id),
    );
    const unlocked = await dialect.lockedUnlessBusy(codes).execute();
    await this.#updateRows(db, unlocked, now);
    // The next call updates those that another transaction has locked.
    if (unlocked.length < next.length) return;
    const last = next.length === this.#batch ? next.at(-1) : undefined;
    if (last === undefined) {
      await db.deleteFrom('changed_coupons').where('coupon_id', '=', coupon_id).execute();
      return;
    }
    await db
      .updateTable('changed_coupons')
      .set({ after_status: last.status, after_created: last.created_at, after_tie: last.tie })
      .where('coupon_id', '=', coupon_id)
      .execute();
  }

  #rowsOf(db: Db, ids: readonly string[]) {
    const { dialect } = this.#engine;
    return db
      .selectFrom('promotions')
      .selectAll()
      .where(dialect.isAmong(sql.ref('id'), ids));
  }

  /** Writes a status only if it changed, because many indexes contain it. */
  async #updateRows(db: Db, rows: readonly PromotionRow[], now: Instant): Promise<void> {
    const couponIds = [...new Set(rows.flatMap((row) => row.coupon_id ?? []))];
    const found = couponIds.length > 0 ? await this.#rowsOf(db, couponIds).execute() : [];
    const coupons = new Map(found.map((coupon) => [coupon.id, coupon]));
    const computed = rows.map((row) => {
      const coupon = coupons.get(row.coupon_id ?? '');
      const facts = [row, ...(coupon ? [coupon] : [])].map(statusFacts);
      return { row, number: row.number, status: statusAt(now, ...facts), until: nextStatusChange(now, ...facts) };
    });
    const [changed, same] = [
      computed.filter(({ row, status }) => status !== row.status),
      computed.filter(({ row, status, until }) => status === row.status && until !== row.status_until),
    ];
    if (changed.length > 0)
      await this.#write(db, changed, sql`status = computed.status, status_until = computed.until`);
    if (same.length > 0) await this.#write(db, same, sql`status_until = computed.until`);
  }

  async #write(db: Db, computed: readonly ComputedStatus[], assignments: RawBuilder<unknown>): Promise<void> {
    const values = computed.map(({ number, status, until }) => ({ number, status, until }));
    const records = this.#engine.dialect.records<ComputedStatus>(
      { number: 'integer', status: 'text', until: 'integer' },
      sql<string>`${JSON.stringify(values)}`,
    );
    await sql`update promotions set ${assignments} from ${records} as computed
      where promotions.number = computed.number`.execute(db);
  }
}

function changedCoupons(db: Db) {
  return db.selectFrom('changed_coupons').selectAll().limit(1);
}
