import { type RawBuilder, sql } from 'kysely';
import type { CustomerHold, Transaction } from '../../domain/ledger/facts.ts';
import type { LedgerUse } from '../../domain/ledger/ledger-use.ts';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { RedemptionStatus } from '../../domain/redemption/redemption.ts';
import type { Condition, Db, Engine, Pair, PairedRows } from '../engines/engine.ts';
import { type Placeholders, type PreparedQuery, prepare } from '../engines/prepared.ts';
import { distinctPairs } from '../pairs.ts';
import type { RedemptionRow } from '../tables.ts';
import { toLedgerUse } from './redemption-rows.ts';

/** How many holds that have ended one batch releases. The next one releases more. */
export const MOST_RELEASED = 500;

/** More of a customer's redemptions need not be known: one is enough to have transacted. */
const MOST_TRANSACTIONS = 100;

/** A literal, because the databases use a partial index only for literal values. */
const HELD = sql.lit<RedemptionStatus>('HELD');
const REDEEMED = sql.lit<RedemptionStatus>('REDEEMED');

type Ids = { ids: readonly string[] };
type Pairs = { pairs: readonly Pair[] };
type CustomerCount = { customer_id: string | null; promotion_id: string; uses: number };
type HoldRow = Pick<RedemptionRow, 'ledger_id' | 'caller' | 'customer_id' | 'held_until'>;
type Customer = { customer: string; provider: ProviderName; account: string };

const HOLD = ['ledger_id', 'caller', 'customer_id', 'held_until'] as const;

/** The queries for the ledger's facts. Each one finds its rows by an index, for any number of commands. */
export class UseQueries {
  readonly #promotionsOf: PreparedQuery<Ids, Pick<RedemptionRow, 'promotion_id' | 'coupon_id'>>;
  readonly #ordersOf: PreparedQuery<Ids, Pick<RedemptionRow, 'caller' | 'order_id'>>;
  readonly #byIds: PreparedQuery<Ids, RedemptionRow>;
  readonly #ofOrders: PreparedQuery<Pairs, RedemptionRow>;
  readonly #lapsed: PreparedQuery<{ now: Instant }, { ledger_id: string }>;
  readonly #ofCustomers: PreparedQuery<Pairs & { now: Instant }, CustomerCount>;
  readonly #holdsOfCustomers: PreparedQuery<Pairs, HoldRow>;
  readonly #holdsOfGuests: PreparedQuery<{ caller: string }, HoldRow>;
  readonly #transactions: PreparedQuery<Customer, Pick<RedemptionRow, 'ledger_id' | 'caller' | 'order_id'>>;

  constructor(engine: Engine) {
    const { dialect } = engine;
    const ledgerId = sql.ref('ledger_id');
    const redemptionsOf = (
      pairs: RawBuilder<readonly Pair[]>,
      columns: PairedRows<RedemptionRow>['columns'],
      where?: Condition,
    ) => dialect.rowsOf<RedemptionRow>(pairs, { table: 'redemptions', columns, where }).as('redemptions');
    this.#promotionsOf = prepare(engine, (db, value: Placeholders<Ids>) =>
      db
        .selectFrom('redemptions')
        .select(['promotion_id', 'coupon_id'])
        .where(dialect.isAmong(ledgerId, value('ids'))),
    );
    this.#ordersOf = prepare(engine, (db, value: Placeholders<Ids>) =>
      db
        .selectFrom('redemptions')
        .select(['caller', 'order_id'])
        .where(dialect.isAmong(ledgerId, value('ids'))),
    );
    this.#byIds = prepare(engine, (db, value: Placeholders<Ids>) =>
      db
        .selectFrom('redemptions')
        .selectAll()
        .where(dialect.isAmong(ledgerId, value('ids'))),
    );
    this.#ofOrders = prepare(engine, (db, value: Placeholders<Pairs>) =>
      db
        .selectFrom(redemptionsOf(value('pairs'), ['caller', 'order_id'], sql`status in (${HELD}, ${REDEEMED})`))
        .selectAll(),
    );
    this.#lapsed = prepare(engine, (db, value: Placeholders<{ now: Instant }>) =>
      db
        .selectFrom('redemptions')
        .select('ledger_id')
        .where('status', '=', HELD)
        .where('held_until', '<=', value('now'))
        .orderBy('held_until')
        .limit(sql.lit(MOST_RELEASED)),
    );
    this.#ofCustomers = prepare(engine, (db, value: Placeholders<Pairs & { now: Instant }>) =>
      db
        .selectFrom(redemptionsOf(value('pairs'), ['customer_id', 'promotion_id']))
        .select(['customer_id', 'promotion_id', sql<number>`count(*)`.as('uses')])
        .where((where) =>
          where.or([
            where('status', '=', REDEEMED),
            where.and([
              where('status', '=', HELD),
              where.or([where('held_until', 'is', null), where('held_until', '>', value('now'))]),
            ]),
          ]),
        )
        .groupBy(['customer_id', 'promotion_id']),
    );
    this.#holdsOfCustomers = prepare(engine, (db, value: Placeholders<Pairs>) =>
      db
        .selectFrom(
          redemptionsOf(value('pairs'), ['caller', 'customer_id'], sql`status = ${HELD} and held_until is not null`),
        )
        .select(HOLD),
    );
    this.#holdsOfGuests = prepare(engine, (db, value: Placeholders<{ caller: string }>) =>
      db
        .selectFrom('redemptions')
        .select(HOLD)
        .where('caller', '=', value('caller'))
        .where('customer_id', 'is', null)
        .where('status', '=', HELD)
        .where('held_until', 'is not', null),
    );
    this.#transactions = prepare(engine, (db, value: Placeholders<Customer>) =>
      db
        .selectFrom('redemptions')
        .select(['ledger_id', 'caller', 'order_id'])
        .where('customer_id', '=', value('customer'))
        .where('provider', '=', value('provider'))
        .where('account', '=', value('account'))
        .where('status', '=', REDEEMED)
        .limit(sql.lit(MOST_TRANSACTIONS)),
    );
  }

  /** The ledger ids of holds that have ended, the first to end first. */
  async lapsed(db: Db, now: Instant): Promise<string[]> {
    return (await this.#lapsed.all(db, { now })).map((row) => row.ledger_id);
  }

  /** The promotions of uses, and their coupons. They never change. */
  async promotionsOf(db: Db, ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const rows = await this.#promotionsOf.all(db, { ids });
    return rows.flatMap(({ promotion_id, coupon_id }) => [promotion_id, coupon_id ?? []].flat());
  }

  /** The orders of uses. They never change. */
  async ordersOf(db: Db, ids: readonly string[]): Promise<Pair[]> {
    if (ids.length === 0) return [];
    const rows = await this.#ordersOf.all(db, { ids });
    return rows.flatMap(({ caller, order_id }): Pair[] => (order_id === null ? [] : [[caller, order_id]]));
  }

  /** The uses with these ids, and the active uses of these orders, oldest first. */
  async find(db: Db, ids: readonly string[], orders: readonly Pair[]): Promise<LedgerUse[]> {
    const named = ids.length === 0 ? [] : await this.#byIds.all(db, { ids });
    const ofOrders = orders.length === 0 ? [] : await this.#ofOrders.all(db, { pairs: distinctPairs(orders) });
    const rows = new Map([...named, ...ofOrders].map((row) => [row.number, row]));
    return [...rows.values()].sort((one, other) => one.number - other.number).map(toLedgerUse);
  }

  /** How many active uses each customer has of each promotion. */
  async ofCustomers(db: Db, pairs: readonly Pair[], now: Instant) {
    if (pairs.length === 0) return [];
    const rows = await this.#ofCustomers.all(db, { pairs: distinctPairs(pairs), now });
    return rows.map(({ customer_id, promotion_id: promotionId, uses }) => ({
      customerId: customer_id ?? '',
      promotionId,
      uses,
    }));
  }

  /** The open holds of customers, each given with its caller. `customerId: null`: the caller's guests. */
  async openHolds(
    db: Db,
    customers: readonly { caller: string; customerId: string | null }[],
  ): Promise<CustomerHold[]> {
    const pairs = customers.flatMap(({ caller, customerId }): Pair[] => (customerId ? [[caller, customerId]] : []));
    const callers = new Set(customers.flatMap(({ caller, customerId }) => (customerId === null ? [caller] : [])));
    const rows = pairs.length === 0 ? [] : await this.#holdsOfCustomers.all(db, { pairs: distinctPairs(pairs) });
    for (const caller of callers) rows.push(...(await this.#holdsOfGuests.all(db, { caller })));
    return rows.map(({ ledger_id: ledgerId, caller, customer_id: customerId, held_until }) => ({
      ledgerId,
      caller,
      customerId,
      until: held_until ?? 0,
    }));
  }

  /** Redemptions of a customer at an account. */
  async transactions(db: Db, { customer, provider, account }: Customer): Promise<Transaction[]> {
    const rows = await this.#transactions.all(db, { customer, provider, account });
    return rows.map(({ ledger_id: ledgerId, caller, order_id: orderId }) => ({
      ledgerId,
      customerId: customer,
      caller,
      orderId,
      provider,
      account,
    }));
  }
}
