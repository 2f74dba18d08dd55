import { setImmediate } from 'node:timers/promises';
import { type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from 'kysely';
import type { Instant, PromotionStatus } from '../../domain/promotion/promotion.ts';
import { nextStatusChange, statusAt } from '../../domain/promotion/status.ts';
import type { Db, Engine } from '../engines/engine.ts';
import { type Placeholders, type PreparedQuery, prepare } from '../engines/prepared.ts';
import { isHeldUp } from '../engines/trouble.ts';
import { ROWS_IN_A_TURN, type Turns } from '../lists/turns.ts';
import type { PromotionRow, Tables } from '../tables.ts';
import { statusFacts } from './promotion-rows.ts';

/** How many statuses one transaction computes. More would delay everything else in the process. */
const BATCH = 200;

/** A `now` that is this much earlier is no correction of the clock: updates that run together do not end in order. */
const OUT_OF_ORDER_MS = 1000;

/**
 * How a batch ended. CURRENT: every stored status is current. BEHIND: there are more to update. LOCKED: other transactions
 * have locked what is left.
 */
type BatchEnd = 'CURRENT' | 'BEHIND' | 'LOCKED';

/** What a batch does about rows that another transaction has locked: leave them out, or wait for them. */
type Locking = 'LEAVE_OUT' | 'WAIT';

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
  readonly #due: Record<Locking, PreparedQuery<{ now: Instant }, PromotionRow>>;
  readonly #nextDue: PreparedQuery<Record<never, never>, Pick<PromotionRow, 'status_until'>>;

  constructor(engine: Engine, turns: Turns, batch = BATCH) {
    this.#engine = engine;
    this.#turns = turns;
    this.#batch = batch;
    this.#isDue = prepare(engine, (db, value: Placeholders<{ now: Instant }>) =>
      dueAt(db, value('now')).select('number').limit(1),
    );
    this.#nextDue = prepare(engine, (db) =>
      db
        .selectFrom('promotions')
        .select('status_until')
        .where('status_until', 'is not', null)
        .orderBy('status_until')
        .limit(1),
    );
    const due = (locking: Locking) =>
      prepare(engine, (db, value: Placeholders<{ now: Instant }>) =>
        this.#locked(dueAt(db, value('now')).selectAll().limit(batch), locking),
      );
    this.#due = { LEAVE_OUT: due('LEAVE_OUT'), WAIT: due('WAIT') };
  }

  /**
   * Updates a batch of statuses: of promotions that changed or reached a date, and of promo codes whose coupon changed.
   * Leaves out rows that another transaction has locked.
   * @returns whether every stored status is that of `now`
   */
  async update(now: Instant): Promise<boolean> {
    return (await this.#updateBatch(now, (work) => this.#engine.transaction(work))) === 'CURRENT';
  }

  /**
   * Updates all statuses in batches, between which other work runs. Gives up soon if the store is locked, and leaves rows
   * that stay locked to the next call.
   */
  async updateAll(clock: () => Instant, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const end = await this.#updateBatch(clock(), (work) => this.#engine.briefly(work));
      if (end === 'CURRENT') return;
      if (end === 'LOCKED' && !(await this.#updateLocked(clock()))) return;
      await setImmediate();
    }
  }

  /**
   * Waits a little for rows that other transactions have locked: the row of a promo code in constant use is hardly ever
   * free. @returns whether some could be updated
   */
  async #updateLocked(now: Instant): Promise<boolean> {
    try {
      return (await this.#updateBatch(now, (work) => this.#engine.briefly(work), 'WAIT')) !== 'LOCKED';
    } catch (error) {
      if (isHeldUp(error)) return false;
      throw error;
    }
  }

  async #updateBatch(now: Instant, run: Engine['transaction'], locking: Locking = 'LEAVE_OUT'): Promise<BatchEnd> {
    await this.#followClock(now, run);
    if (await this.isCurrent(now)) return 'CURRENT';
    this.#turns.spend(ROWS_IN_A_TURN);
    return run(async (db) => {
      const due = await this.#due[locking].all(db, { now });
      await this.#updateRows(db, due, now);
      const hasAdvanced = await this.#updateCodes(db, now, locking);
      if (await this.isCurrent(now, db)) return 'CURRENT';
      return due.length > 0 || hasAdvanced ? 'BEHIND' : 'LOCKED';
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
    await run(async (db) => {
      const { locked, isAmong } = this.#engine.dialect;
      // In the order of the ids, as a batch of the ledger locks them.
      const rows = await locked(db.selectFrom('promotions').select('id').where(isPassed).orderBy('id')).execute();
      const ids = rows.map(({ id }) => id);
      await db
        .updateTable('promotions')
        .set({ status_until: 0 })
        .where(isAmong(sql.ref('id'), ids))
        .execute();
    });
    // After the commit: if it fails, the next update marks them.
    this.#updatedAt = now;
  }

  /** Whether every stored status is that of `now`. */
  async isCurrent(now: Instant, db: Db = this.#engine.reads): Promise<boolean> {
    if ((await this.#isDue.first(db, { now })) !== undefined) return false;
    return (await changedCoupons(db).executeTakeFirst()) === undefined;
  }

  /** When the next stored status is due. In the past: one is due now, or a coupon has changed. Null: no date changes one. */
  async nextChange(): Promise<Instant | null> {
    const { reads } = this.#engine;
    if ((await changedCoupons(reads).executeTakeFirst()) !== undefined) return 0;
    return (await this.#nextDue.first(reads, {}))?.status_until ?? null;
  }

  /**
   * Updates the next promo codes of a changed coupon. One whose update moves it forward in the order is computed again.
   * @returns whether all of them are updated, so that the next call takes others
   */
  async #updateCodes(db: Db, now: Instant, locking: Locking): Promise<boolean> {
    // Locked, so that a change of the coupon that is not committed yet marks it again afterwards.
    const changed = await this.#locked(changedCoupons(db), locking).executeTakeFirst();
    if (!changed) return false;
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
    const unlocked = await this.#locked(codes, locking).execute();
    await this.#updateRows(db, unlocked, now);
    // The next call updates those that another transaction has locked.
    if (unlocked.length < next.length) return false;
    const last = next.length === this.#batch ? next.at(-1) : undefined;
    if (last === undefined) {
      await db.deleteFrom('changed_coupons').where('coupon_id', '=', coupon_id).execute();
      return true;
    }
    await db
      .updateTable('changed_coupons')
      .set({ after_status: last.status, after_created: last.created_at, after_tie: last.tie })
      .where('coupon_id', '=', coupon_id)
      .execute();
    return true;
  }

  /** Locks the rows that a query finds. */
  #locked<Table extends keyof Tables, Row>(query: SelectQueryBuilder<Tables, Table, Row>, locking: Locking) {
    const { dialect } = this.#engine;
    return locking === 'WAIT' ? dialect.locked(query) : dialect.lockedUnlessBusy(query);
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

/** The promotions whose stored status is due. In this order, so that a planner without statistics takes the index. */
function dueAt(db: Db, now: RawBuilder<Instant>) {
  return db.selectFrom('promotions').where('status_until', '<=', now).orderBy('status_until');
}

function changedCoupons(db: Db) {
  return db.selectFrom('changed_coupons').selectAll().limit(1);
}
