import { randomUUID } from 'node:crypto';
import type { Statement } from 'better-sqlite3';
import type { Insertable, Updateable } from 'kysely';
import { sql } from 'kysely';
import type { Instant } from '../promo/promotion.ts';
import type { Database } from './database.ts';
import type { RedemptionRow, RedemptionTable } from './tables.ts';

/** Whose counters a use moves: its promotion's, and those of the coupon behind it. */
export interface Counted {
  promotion_id: string;
  coupon_id: string | null;
}

/** The rows of the ledger and the counters beside the promotions. Decides nothing: {@link Ledger} does. */
export class Uses {
  readonly #database: Database;
  readonly #byLedgerKey: Statement<unknown[], RedemptionRow>;
  readonly #runOut: Statement<unknown[], RedemptionRow>;

  constructor(database: Database) {
    this.#database = database;
    const rows = database.build.selectFrom('redemptions').selectAll();
    this.#byLedgerKey = database.prepare(rows.where('ledger_key', '=', ''));
    this.#runOut = database.prepare(rows.where('status', '=', sql.lit('HELD')).where('held_until', '<=', 0));
  }

  get(ledgerKey: string): RedemptionRow | undefined {
    return this.#byLedgerKey.get(ledgerKey);
  }

  /** The use that this order has of this promotion, held or redeemed. An order without an id has none. */
  ofOrder(use: {
    promotionId: string;
    customerId: string | null;
    orderId: string | null;
    caller: string;
  }): RedemptionRow | undefined {
    if (use.orderId === null) return undefined;
    return this.#database.row(
      this.#database.build
        .selectFrom('redemptions')
        .selectAll()
        .where('caller', '=', use.caller)
        .where('promotion_id', '=', use.promotionId)
        .where(sql<string>`coalesce(customer_id, '')`, '=', use.customerId ?? '')
        .where('order_id', '=', use.orderId)
        .where('status', 'in', ['HELD', 'REDEEMED']),
    );
  }

  /** How many uses of a promotion a customer has redeemed or holds, one row left out. */
  countOf(customerId: string, promotionId: string, except: RedemptionRow | undefined): number {
    const counted = this.#database.row(
      this.#database.build
        .selectFrom('redemptions')
        .select(sql<number>`count(*)`.as('uses'))
        .where('customer_id', '=', customerId)
        .where('promotion_id', '=', promotionId)
        .where('status', 'in', ['HELD', 'REDEEMED'])
        .where('number', '!=', except?.number ?? 0),
    );
    return counted?.uses ?? 0;
  }

  /** When the next hold of a promotion, or of the coupon behind it, runs out. */
  nextRelease({ promotion_id, coupon_id }: Counted): Instant | null {
    const next = this.#database.row(
      this.#database.build
        .selectFrom('redemptions')
        .select(sql<Instant | null>`min(held_until)`.as('release'))
        .where('status', '=', 'HELD')
        .where((where) =>
          where.or([
            where('promotion_id', '=', promotion_id),
            ...(coupon_id ? [where('coupon_id', '=', coupon_id)] : []),
          ]),
        ),
    );
    return next?.release ?? null;
  }

  /** The holds that have run out by `now`. */
  runOut(now: Instant): RedemptionRow[] {
    return this.#runOut.all(now);
  }

  /** Adds a row and tells its ledger key. */
  insert(columns: Omit<Insertable<RedemptionTable>, 'ledger_key'>): string {
    const ledgerKey = randomUUID();
    this.#database.run(this.#database.build.insertInto('redemptions').values({ ...columns, ledger_key: ledgerKey }));
    return ledgerKey;
  }

  update({ number }: RedemptionRow, columns: Updateable<RedemptionTable>): void {
    this.#database.run(this.#database.build.updateTable('redemptions').set(columns).where('number', '=', number));
  }

  /**
   * Takes one use from the promotion and from the coupon behind it, each by one conditional write. False: a limit stands
   * in the way, and the transaction has to be rolled back.
   */
  take({ promotion_id, coupon_id }: Counted, counter: 'held' | 'uncounted'): boolean {
    return [promotion_id, coupon_id].every((id) => id === null || this.#takeOne(id, counter));
  }

  /** Moves the counters of the promotion and of the coupon behind it. */
  count({ promotion_id, coupon_id }: Counted, by: { held?: number; uncounted?: number; counted_late?: number }): void {
    const { held = 0, uncounted = 0, counted_late: late = 0 } = by;
    for (const id of [promotion_id, coupon_id]) {
      if (id === null) continue;
      this.#database.run(
        this.#database.build
          .updateTable('promotions')
          .set((column) => ({
            held: column('held', '+', held),
            uncounted: column('uncounted', '+', uncounted),
            counted_late: column('counted_late', '+', late),
          }))
          .where('id', '=', id),
      );
    }
  }

  #takeOne(id: string, counter: 'held' | 'uncounted'): boolean {
    const changed = this.#database.run(
      this.#database.build
        .updateTable('promotions')
        .set((column) => ({ [counter]: column(counter, '+', 1) }))
        .where('id', '=', id)
        .where((where) =>
          where.or([
            where('max_redemptions', 'is', null),
            where(sql<number>`redeemed_count + held`, '<', where.ref('max_redemptions')),
          ]),
        ),
    );
    return changed === 1;
  }
}
