import type { Updateable } from 'kysely';
import { type SqlBool, sql } from 'kysely';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import { LONGEST_HOLD_SECONDS, type RedemptionStatus } from '../../domain/redemption/redemption.ts';
import type { CountReadings } from '../promotions/count-readings.ts';
import type { Sequence } from '../sequence.ts';
import { type Database, type Prepared, parameter } from '../sqlite/database.ts';
import type { RedemptionRow } from '../tables.ts';
import type { RedemptionTable } from './redemption-table.ts';

/** The promotion of a use, and its coupon. The use changes the counters of both. */
export interface Counted {
  promotion_id: string;
  coupon_id: string | null;
}

type NewUse = Omit<
  RedemptionRow,
  'number' | 'provider_use_id' | 'disputed_use_id' | 'counted_sequence' | 'cancel_reason' | 'cancelled_at'
>;

const ACTIVE = ['HELD', 'REDEEMED'] as const;

const LONGEST_HOLD_MS = LONGEST_HOLD_SECONDS * 1000;

/** Writes rows of the ledger and the counters of promotions. Makes no decisions: `Ledger` does. */
export class Uses {
  readonly #database: Database;
  readonly #sequence: Sequence;
  readonly #readings: CountReadings;
  /** The last instant at which no hold had expired. */
  #expiredAt: Instant | undefined;
  readonly #byLedgerId: Prepared<{ ledger_id: string }, RedemptionRow>;
  readonly #byLedgerIds: Prepared<{ ledger_ids: string }, RedemptionRow>;
  readonly #ofCustomer: Prepared<{ customer_id: string; promotion_id: string; except: number }, { uses: number }>;
  readonly #expired: Prepared<{ now: Instant }, RedemptionRow>;
  readonly #insert: Prepared<NewUse>;
  readonly #takeOne: Record<'held' | 'uncounted', Prepared<{ id: string }>>;

  constructor(database: Database, parts: { sequence: Sequence; readings: CountReadings }) {
    this.#database = database;
    this.#sequence = parts.sequence;
    this.#readings = parts.readings;
    const rows = database.build.selectFrom('redemptions').selectAll();
    this.#byLedgerId = database.prepare(rows.where('ledger_id', '=', parameter<string>('ledger_id')));
    const among = sql<SqlBool>`ledger_id in (select value from json_each(${parameter('ledger_ids')}))`;
    this.#byLedgerIds = database.prepare(rows.where(among));
    this.#ofCustomer = database.prepare(
      database.build
        .selectFrom('redemptions')
        .select(sql<number>`count(*)`.as('uses'))
        .where('customer_id', '=', parameter<string>('customer_id'))
        .where('promotion_id', '=', parameter<string>('promotion_id'))
        .where('status', 'in', ACTIVE.map(sql.lit<RedemptionStatus>))
        .where('number', '!=', parameter<number>('except')),
    );
    // A hold that ends later than the longest hold was taken by a process whose clock was ahead.
    this.#expired = database.prepare(
      rows
        .where('status', '=', sql.lit('HELD'))
        .where((where) =>
          where.or([
            where('held_until', '<=', parameter<Instant>('now')),
            where('held_until', '>', sql<Instant>`${parameter('now')} + ${sql.lit(LONGEST_HOLD_MS)}`),
          ]),
        ),
    );
    this.#insert = database.prepare(database.build.insertInto('redemptions').values(NEW_USE));
    this.#takeOne = { held: takeOne(database, 'held'), uncounted: takeOne(database, 'uncounted') };
  }

  get(ledgerId: string): RedemptionRow | undefined {
    return this.#byLedgerId.get({ ledger_id: ledgerId });
  }

  getMany(ledgerIds: string[]): RedemptionRow[] {
    return this.#byLedgerIds.all({ ledger_ids: JSON.stringify(ledgerIds) });
  }

  /** How many uses of a promotion a customer has redeemed or holds, without one row. */
  countOf(customerId: string, promotionId: string, except: RedemptionRow | undefined): number {
    const customer = { customer_id: customerId, promotion_id: promotionId, except: except?.number ?? 0 };
    return this.#ofCustomer.get(customer)?.uses ?? 0;
  }

  /** Expires the holds that end by `now`. @returns the expired holds */
  expire(now: Instant): RedemptionRow[] {
    // Every read calls this, so it runs once per instant. A decision (in a transaction) always runs it, because the end
    // of a promotion may have changed, and with it the end of its holds.
    if (now === this.#expiredAt && !this.#database.sqlite.inTransaction) return [];
    if (this.#expired.get({ now }) === undefined) {
      // A transaction may be rolled back, so its result is not remembered.
      if (!this.#database.sqlite.inTransaction) this.#expiredAt = now;
      return [];
    }
    return this.#database.transaction(() =>
      this.#expired.all({ now }).flatMap((row) => {
        if (row.held_until !== null && row.held_until > now) {
          this.update(row, { held_until: now + LONGEST_HOLD_MS });
          return [];
        }
        this.update(row, { status: 'EXPIRED' });
        this.count(row, { held: -1 });
        return [{ ...row, status: 'EXPIRED' as const }];
      }),
    );
  }

  /** Draws the sequence number of a use that is taken now. It orders uses and provider answers. */
  takenNow(): number {
    return this.#sequence.next();
  }

  /** Turns a hold into a redemption. If the provider counts it, that is evidence of the provider's count. */
  redeem(row: RedemptionRow, isCounted: boolean, now: Instant): void {
    const counted = isCounted ? this.#sequence.next() : null;
    this.update(row, { status: 'REDEEMED', redeemed_at: now, held_until: null, counted_sequence: counted });
    this.count(row, { held: -1, uncounted: isCounted ? 0 : 1 });
    const ids = [row.promotion_id, row.coupon_id].filter((id) => id !== null);
    if (counted !== null) this.#readings.countUse(ids, row.taken_sequence ?? counted);
  }

  /** Gives a use back. A use that the provider has counted stays in the provider's count. */
  giveBack(row: RedemptionRow, reason: string | null, now: Instant): void {
    this.update(row, { status: 'CANCELLED', cancel_reason: reason, cancelled_at: now, held_until: null });
    if (row.status === 'HELD') this.count(row, { held: -1 });
    else if (row.counted_sequence === null) this.count(row, { uncounted: -1 });
  }

  insert(use: NewUse): void {
    this.#insert.run(use);
  }

  update({ number }: RedemptionRow, columns: Updateable<RedemptionTable>): void {
    // A restored hold may already have expired.
    this.#expiredAt = undefined;
    this.#database.run(this.#database.build.updateTable('redemptions').set(columns).where('number', '=', number));
  }

  /**
   * Takes one use of the promotion and of its coupon, each by one conditional write.
   * @returns false when a limit is reached. The caller must then roll back the transaction.
   */
  take({ promotion_id, coupon_id }: Counted, counter: 'held' | 'uncounted'): boolean {
    return [promotion_id, coupon_id].every((id) => id === null || this.#takeOne[counter].run({ id }).changes === 1);
  }

  /** Changes the counters of the promotion and of its coupon. */
  count({ promotion_id, coupon_id }: Counted, by: { held?: number; uncounted?: number }): void {
    const { held = 0, uncounted = 0 } = by;
    for (const id of [promotion_id, coupon_id]) {
      if (id === null) continue;
      this.#database.run(
        this.#database.build
          .updateTable('promotions')
          .set((column) => ({
            held: column('held', '+', held),
            uncounted: column('uncounted', '+', uncounted),
          }))
          .where('id', '=', id),
      );
    }
  }
}

const NEW_USE = {
  ledger_id: parameter<string>('ledger_id'),
  status: parameter<RedemptionStatus>('status'),
  promotion_id: parameter<string>('promotion_id'),
  provider: parameter<ProviderName | null>('provider'),
  account: parameter<string | null>('account'),
  coupon_id: parameter<string | null>('coupon_id'),
  caller: parameter<string>('caller'),
  customer_id: parameter<string | null>('customer_id'),
  order_id: parameter<string | null>('order_id'),
  order_minor: parameter<number | null>('order_minor'),
  order_currency: parameter<string | null>('order_currency'),
  discount_minor: parameter<number | null>('discount_minor'),
  discount_currency: parameter<string | null>('discount_currency'),
  subscription_id: parameter<string | null>('subscription_id'),
  created_at: parameter<Instant>('created_at'),
  held_until: parameter<Instant | null>('held_until'),
  held_before: parameter<Instant | null>('held_before'),
  taken_sequence: parameter<number | null>('taken_sequence'),
  hold_before: parameter<string | null>('hold_before'),
  redeemed_at: parameter<Instant | null>('redeemed_at'),
};

/** A conditional write that changes nothing if the limit is reached. */
function takeOne(database: Database, counter: 'held' | 'uncounted'): Prepared<{ id: string }> {
  return database.prepare(
    database.build
      .updateTable('promotions')
      .set((column) => ({ [counter]: column(counter, '+', sql.lit(1)) }))
      .where('id', '=', parameter<string>('id'))
      .where((where) =>
        where.or([
          where('max_redemptions', 'is', null),
          where(sql<number>`redeemed_count + held`, '<', where.ref('max_redemptions')),
        ]),
      ),
  );
}
