import { type SqlBool, sql } from 'kysely';
import type { AccountScope } from '../../domain/promotion/account-scope.ts';
import type { Instant } from '../../domain/promotion/promotion.ts';
import { REDEMPTION_STATUSES, type RedemptionStatus } from '../../domain/redemption/redemption.ts';
import type { Condition, Db, Dialect, Engine } from '../engines/engine.ts';
import { type Placeholders, type PreparedQuery, prepare } from '../engines/prepared.ts';
import type { ListPage, PageSlice, Period } from '../lists/cursor.ts';
import { isChosen } from '../lists/is-chosen.ts';
import { countRows, RowBudget, type RowCount, takePage } from '../lists/look-through.ts';
import { numberedRows } from '../lists/numbered-rows.ts';
import { type Leg, MOST_LOOKED_AT, type Scan } from '../lists/scan.ts';
import type { Turns } from '../lists/turns.ts';
import { isInAccountScope } from '../promotions/promotion-filter.ts';
import type { RedemptionRow } from '../tables.ts';

/** The filter of a list of redemptions. An absent field does not filter. */
export interface RedemptionFilter {
  /** The accounts that the caller may see; null or absent: all. */
  accountScope?: AccountScope;
  /** The id of a promo code, or of a coupon, which includes its promo codes. */
  promotionId?: string;
  statuses?: readonly RedemptionStatus[];
  customerId?: string;
  orderId?: string;
  createdAfter?: Instant;
  createdBefore?: Instant;
  /** The time of redemption, also of redemptions that were cancelled later. */
  redeemedAfter?: Instant;
  redeemedBefore?: Instant;
}

/** Newest first, or last redeemed first. Uses that were never redeemed come last in the second order. */
export type RedemptionSort = 'CREATED_AT_DESC' | 'REDEEMED_AT_DESC';

const VALUES = {
  CREATED_AT_DESC: sql.ref<number>('redemptions.created_at'),
  REDEEMED_AT_DESC: sql.ref<number>('redemptions.redeemed_order'),
};

/** `redeemed_order` is below this for uses that were never redeemed, and above it for all others. */
const NEVER = -8_000_000_000_000_000;

/** The sort names in cursors. They must not change, because clients may store cursors. */
const CURSOR_NAMES = { CREATED_AT_DESC: 'NEWEST_FIRST', REDEEMED_AT_DESC: 'REDEEMED_AT_DESC' } as const;

const LEDGER = {
  from: sql`redemptions`,
  table: 'redemptions',
  tie: sql.ref<number>('redemptions.number'),
  direction: 'desc',
} as const;

/** The sort name in the cursors of this order. */
export function cursorName(sort: RedemptionSort): string {
  return CURSOR_NAMES[sort];
}

/** Holds that have ended, although the ledger has not released them yet. */
const LAPSED = sql<SqlBool>`status = 'HELD' and held_until is not null`;

/**
 * Lists of the ledger's rows. The cost of a page does not grow with the ledger. A hold that has ended counts as expired.
 */
export class RedemptionList {
  readonly #engine: Engine;
  readonly #turns: Turns;
  readonly #rowsOf: (db: Db, numbers: readonly number[]) => Promise<RedemptionRow[]>;
  readonly #lapsed: PreparedQuery<{ now: Instant }, { number: number }>;

  constructor(engine: Engine, turns: Turns) {
    this.#engine = engine;
    this.#turns = turns;
    this.#rowsOf = numberedRows(engine, 'redemptions');
    this.#lapsed = prepare(engine, (db, value: Placeholders<{ now: Instant }>) =>
      db.selectFrom('redemptions').select('number').where(LAPSED).where('held_until', '<=', value('now')).limit(1),
    );
  }

  async page(
    filter: RedemptionFilter,
    now: Instant,
    slice: PageSlice,
    sort: RedemptionSort = 'CREATED_AT_DESC',
    budget = new RowBudget(),
  ): Promise<ListPage<RedemptionRow>> {
    const scan = this.scanOf(filter, sort, await this.#lapsedAt(filter, now));
    const look = { scan, mostLookedAt: MOST_LOOKED_AT, budget };
    return takePage(this.#source, look, { sort: cursorName(sort), slice }, this.#rowsOf);
  }

  /** Counts the redemptions, up to the limits of {@link countRows}. */
  async count(filter: RedemptionFilter, now: Instant, budget = new RowBudget()): Promise<RowCount> {
    const isByCreation = filter.redeemedAfter === undefined && filter.redeemedBefore === undefined;
    const sort = isByCreation ? 'CREATED_AT_DESC' : 'REDEEMED_AT_DESC';
    const scan = this.scanOf(filter, sort, await this.#lapsedAt(filter, now));
    return countRows(this.#source, { scan, mostLookedAt: MOST_LOOKED_AT, budget });
  }

  /** The exact number of holds that have not ended, including those that a provider is applying. */
  async holds(now: Instant, db: Db = this.#engine.reads): Promise<number> {
    // Each of them is counted in an index.
    const held = sql`select count(*) from redemptions where status = 'HELD'`;
    const lapsed = sql`select count(*) from redemptions where ${LAPSED} and held_until <= ${now}`;
    const { rows } = await sql<{ holds: number }>`select (${held}) - (${lapsed}) as holds`.execute(db);
    return rows[0]?.holds ?? 0;
  }

  /**
   * The scan for a page. For an order or a customer, it reads their few rows and checks each one. Otherwise it has one
   * leg for each status of the promotion, or of all promotions.
   * @param lapsedAt the time at which some holds have ended, although their stored status is HELD; null: none has
   */
  scanOf(filter: RedemptionFilter, sort: RedemptionSort, lapsedAt: Instant | null = null): Scan {
    const { orderId, customerId, promotionId } = filter;
    const { dialect } = this.#engine;
    const isByCreation = sort === 'CREATED_AT_DESC';
    const otherTime = isByCreation ? redeemedIn(filter) : createdIn(filter);
    const list = {
      ...LEDGER,
      value: VALUES[sort],
      period: isByCreation ? { after: filter.createdAfter, before: filter.createdBefore } : redeemedPeriod(filter),
    };
    if (orderId !== undefined || customerId !== undefined) {
      const leg: Leg = orderId === undefined ? { customer_id: customerId ?? '' } : { order_id: orderId };
      return { ...list, legs: [leg], fits: [...conditionsOf(dialect, filter, lapsedAt), ...otherTime] };
    }
    const owners: Leg[] =
      promotionId === undefined ? [{}] : [{ promotion_id: promotionId }, { coupon_id: promotionId }];
    const statuses = storedStatuses(filter.statuses ?? REDEMPTION_STATUSES, lapsedAt);
    const legs = owners.flatMap((owner) => statuses.map((status) => ({ ...owner, status })));
    const shown = lapsedAt === null ? [] : statusesOf(filter, lapsedAt);
    return { ...list, legs, fits: [...scopeOf(dialect, filter), ...shown, ...otherTime] };
  }

  get #source() {
    return { engine: this.#engine, turns: this.#turns };
  }

  /** `now` if holds have ended, and the list shows either these or the others; null: the stored statuses are enough. */
  async #lapsedAt({ statuses = REDEMPTION_STATUSES }: RedemptionFilter, now: Instant): Promise<Instant | null> {
    if (statuses.includes('HELD') === statuses.includes('EXPIRED')) return null;
    return (await this.#lapsed.first(this.#engine.reads, { now })) === undefined ? null : now;
  }
}

/** The stored statuses of rows that have one of these statuses. */
function storedStatuses(statuses: readonly RedemptionStatus[], lapsedAt: Instant | null): RedemptionStatus[] {
  const mayBeHeld = lapsedAt !== null && statuses.includes('EXPIRED');
  return [...new Set([...statuses, ...(mayBeHeld ? (['HELD'] as const) : [])])];
}

/** The condition that a row has one of the filter's statuses. */
function statusesOf({ statuses }: RedemptionFilter, lapsedAt: Instant | null): Condition[] {
  if (statuses === undefined) return [];
  const stored = sql.ref('redemptions.status');
  const status =
    lapsedAt === null
      ? stored
      : sql`case when ${stored} = 'HELD' and redemptions.held_until <= ${lapsedAt} then 'EXPIRED' else ${stored} end`;
  return [isChosen(status, statuses, REDEMPTION_STATUSES)];
}

function is(column: keyof RedemptionRow, value: string | undefined): Condition {
  return sql`${sql.ref(`redemptions.${column}`)} = ${value}`;
}

/** The conditions of a filter, except those on times. */
function conditionsOf(dialect: Dialect, filter: RedemptionFilter, lapsedAt: Instant | null): Condition[] {
  const { promotionId, customerId, orderId } = filter;
  const ofPromotion: Condition = sql`(${is('promotion_id', promotionId)} or ${is('coupon_id', promotionId)})`;
  return [
    ...scopeOf(dialect, filter),
    ...(promotionId === undefined ? [] : [ofPromotion]),
    ...statusesOf(filter, lapsedAt),
    ...(customerId === undefined ? [] : [is('customer_id', customerId)]),
    ...(orderId === undefined ? [] : [is('order_id', orderId)]),
  ];
}

/** The condition that the account of the redemption's promotion is in the scope. */
function scopeOf(dialect: Dialect, { accountScope = null }: RedemptionFilter): Condition[] {
  if (accountScope === null) return [];
  // A value, not "exists", for which a planner may read all promotions at once.
  return [
    sql`(select ${isInAccountScope(dialect, accountScope)} from promotions where promotions.id = redemptions.promotion_id)`,
  ];
}

function createdIn({ createdAfter, createdBefore }: RedemptionFilter): Condition[] {
  return [
    ...(createdAfter === undefined ? [] : [sql<SqlBool>`redemptions.created_at > ${createdAfter}`]),
    ...(createdBefore === undefined ? [] : [sql<SqlBool>`redemptions.created_at < ${createdBefore}`]),
  ];
}

/** Excludes uses that were never redeemed: null is neither before nor after. */
function redeemedIn({ redeemedAfter, redeemedBefore }: RedemptionFilter): Condition[] {
  return [
    ...(redeemedAfter === undefined ? [] : [sql<SqlBool>`redemptions.redeemed_at > ${redeemedAfter}`]),
    ...(redeemedBefore === undefined ? [] : [sql<SqlBool>`redemptions.redeemed_at < ${redeemedBefore}`]),
  ];
}

function redeemedPeriod({ redeemedAfter, redeemedBefore }: RedemptionFilter): Period {
  const after = redeemedAfter ?? (redeemedBefore === undefined ? undefined : NEVER);
  return { after, before: redeemedBefore };
}
