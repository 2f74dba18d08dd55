import { type SqlBool, sql } from 'kysely';
import type { Instant, PromotionStatus } from '../../domain/promotion/promotion.ts';
import { nextStatusChange, statusAt } from '../../domain/promotion/status.ts';
import { ROWS_IN_A_TURN } from '../lists/turns.ts';
import { type Database, type Prepared, parameter } from '../sqlite/database.ts';
import type { PromotionRow } from '../tables.ts';
import { statusFacts } from './promotion-rows.ts';

/** How many statuses one transaction computes. More would delay everything else in the process. */
const BATCH = 200;

interface ComputedStatus {
  number: number;
  status: PromotionStatus;
  until: Instant | null;
}

/** Updates the stored statuses, which lists filter by, after changes of the clock, the uses and the coupons. */
export class Statuses {
  readonly #database: Database;
  readonly #batch: number;
  /** The `now` of the last update. */
  #updatedAt: Instant = 0;
  readonly #isDue: Prepared<{ now: Instant }, { number: number }>;
  readonly #due: Prepared<{ now: Instant }, PromotionRow>;
  readonly #byId: Prepared<{ id: string }, PromotionRow>;
  readonly #setStatus: Prepared<ComputedStatus>;
  readonly #setUntil: Prepared<ComputedStatus>;

  constructor(database: Database, batch = BATCH) {
    this.#database = database;
    this.#batch = batch;
    const { build } = database;
    const rows = build.selectFrom('promotions').selectAll();
    const due = rows.where('status_until', '<=', parameter<Instant>('now'));
    this.#isDue = database.prepare(due.clearSelect().select('number').limit(sql.lit(1)));
    this.#due = database.prepare(due.limit(sql.lit(batch)));
    this.#byId = database.prepare(rows.where('id', '=', parameter<string>('id')));
    const update = build.updateTable('promotions').where('number', '=', parameter<number>('number'));
    const until = { status_until: parameter<Instant | null>('until') };
    this.#setUntil = database.prepare(update.set(until));
    this.#setStatus = database.prepare(update.set({ ...until, status: parameter<PromotionStatus>('status') }));
  }

  /**
   * Updates a batch of statuses: of promotions that changed or reached a date, and of promo codes whose coupon changed.
   * @returns whether every stored status is that of `now`
   */
  update(now: Instant): boolean {
    this.#followClock(now);
    if (this.isCurrent(now)) return true;
    this.#database.turns.spend(ROWS_IN_A_TURN);
    this.#database.transaction(() => {
      for (const row of this.#due.all({ now })) this.#updateRow(row, now);
      this.#updateCodes(now);
    });
    return this.isCurrent(now);
  }

  /** If the clock was ahead and was corrected, marks the promotions whose date is in the future again. */
  #followClock(now: Instant): void {
    const passed = this.#updatedAt;
    this.#updatedAt = now;
    if (now >= passed) return;
    const isPassed = sql<SqlBool>`(starts_at > ${now} and starts_at <= ${passed})
      or (expires_at > ${now} and expires_at <= ${passed})`;
    this.#database.run(this.#database.build.updateTable('promotions').set({ status_until: 0 }).where(isPassed));
  }

  /** Whether every stored status is that of `now`. */
  isCurrent(now: Instant): boolean {
    return this.#isDue.get({ now }) === undefined && this.#changedCoupon() === undefined;
  }

  /**
   * Updates the next promo codes of a changed coupon. One whose update moves it forward in the order is computed again.
   */
  #updateCodes(now: Instant): void {
    const changed = this.#changedCoupon();
    if (!changed) return;
    const { coupon_id, after_status, after_created, after_tie } = changed;
    const { build } = this.#database;
    const codes = this.#database.rows(
      build
        .selectFrom('promotions')
        .selectAll()
        .where('coupon_id', '=', coupon_id)
        .where(sql<SqlBool>`(status, created_at, tie) > (${after_status}, ${after_created}, ${after_tie})`)
        .orderBy('status')
        .orderBy('created_at')
        .orderBy('tie')
        .limit(this.#batch),
    );
    for (const row of codes) this.#updateRow(row, now);
    const last = codes.length === this.#batch ? codes.at(-1) : undefined;
    this.#database.run(
      last
        ? build
            .updateTable('changed_coupons')
            .set({ after_status: last.status, after_created: last.created_at, after_tie: last.tie })
            .where('coupon_id', '=', coupon_id)
        : build.deleteFrom('changed_coupons').where('coupon_id', '=', coupon_id),
    );
  }

  #changedCoupon() {
    return this.#database.row(this.#database.build.selectFrom('changed_coupons').selectAll().limit(1));
  }

  /** Writes the status only if it changed, because many indexes contain it. */
  #updateRow(row: PromotionRow, now: Instant): void {
    const coupon = row.coupon_id === null ? undefined : this.#byId.get({ id: row.coupon_id });
    const facts = [row, ...(coupon ? [coupon] : [])].map(statusFacts);
    const computed = { number: row.number, status: statusAt(now, ...facts), until: nextStatusChange(now, ...facts) };
    if (computed.status !== row.status) this.#setStatus.run(computed);
    else if (computed.until !== row.status_until) this.#setUntil.run(computed);
  }
}
