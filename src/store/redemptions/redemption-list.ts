import { type SqlBool, sql } from 'kysely';
import type { AccountScope } from '../../auth/account-scope.ts';
import type { Instant } from '../../domain/promotion/promotion.ts';
import { REDEMPTION_STATUSES, type RedemptionStatus } from '../../domain/redemption/redemption.ts';
import type { ListPage, PageSlice, Period } from '../lists/cursor.ts';
import { countRows, RowBudget, type RowCount, takePage } from '../lists/look-through.ts';
import { type Leg, MOST_LOOKED_AT, type Scan } from '../lists/scan.ts';
import { isInAccountScope } from '../promotions/promotion-filter.ts';
import { type Database, parameter } from '../sqlite/database.ts';
import { type Condition, isChosen } from '../sqlite/membership.ts';
import type { RedemptionRow } from '../tables.ts';

/** What a list of redemptions is narrowed to; what is absent does not narrow it. */
export interface RedemptionFilter {
  /** What whoever asks may see; null or absent: everything. */
  accountScope?: AccountScope;
  /** Of this promo code, or of this coupon and all its codes. */
  promotionId?: string;
  statuses?: readonly RedemptionStatus[];
  customerId?: string;
  orderId?: string;
  createdAfter?: Instant;
  createdBefore?: Instant;
  /** When it was redeemed, whether it has been cancelled since or not. */
  redeemedAfter?: Instant;
  redeemedBefore?: Instant;
}

/** The orders of redemptions: newest first, and last redeemed first, where what was never redeemed comes last. */
export type RedemptionSort = 'CREATED_AT_DESC' | 'REDEEMED_AT_DESC';

const VALUES = {
  CREATED_AT_DESC: sql.ref<number>('redemptions.created_at'),
  REDEEMED_AT_DESC: sql.ref<number>('redemptions.redeemed_order'),
};

/** What was never redeemed is ordered by values below this, and every instant is above. */
const NEVER = -8_000_000_000_000_000;

/** Written into cursors, which clients may have kept. */
const CURSOR_NAMES = { CREATED_AT_DESC: 'NEWEST_FIRST', REDEEMED_AT_DESC: 'REDEEMED_AT_DESC' } as const;

const LEDGER = {
  from: sql`redemptions`,
  table: 'redemptions',
  tie: sql.ref<number>('redemptions.number'),
  direction: 'desc',
} as const;

/** What the cursors of an order are known by. */
export function cursorName(sort: RedemptionSort): string {
  return CURSOR_NAMES[sort];
}

/** Lists of the ledger's rows. What a page costs does not grow with the ledger. */
export class RedemptionList {
  readonly #database: Database;
  readonly #byNumber;

  constructor(database: Database) {
    this.#database = database;
    this.#byNumber = database.prepare<RedemptionRow, { number: number }>(
      database.build.selectFrom('redemptions').selectAll().where('number', '=', parameter<number>('number')),
    );
  }

  page(
    filter: RedemptionFilter,
    slice: PageSlice,
    sort: RedemptionSort = 'CREATED_AT_DESC',
    budget = new RowBudget(),
  ): Promise<ListPage<RedemptionRow>> {
    const look = { scan: this.scanOf(filter, sort), mostLookedAt: MOST_LOOKED_AT, budget };
    return takePage(this.#database, look, { sort: cursorName(sort), slice }, (number) =>
      this.#byNumber.get({ number }),
    );
  }

  /** How many there are in all, as far as they are counted. */
  count(filter: RedemptionFilter, budget = new RowBudget()): Promise<RowCount> {
    const isByCreation = filter.redeemedAfter === undefined && filter.redeemedBefore === undefined;
    const scan = this.scanOf(filter, isByCreation ? 'CREATED_AT_DESC' : 'REDEEMED_AT_DESC');
    return countRows(this.#database, { scan, mostLookedAt: MOST_LOOKED_AT, budget });
  }

  /** How many uses are set aside now, every one of them counted. */
  holds(): number {
    const { build } = this.#database;
    const held = build.selectFrom('redemptions').where('status', '=', sql.lit('HELD'));
    return this.#database.row(held.select(sql<number>`count(*)`.as('holds')))?.holds ?? 0;
  }

  /**
   * The rows that a page is looked for among, in its order: those of the order or customer, which are few, looked at row
   * by row; else those of the promotion or of all, of each status by itself.
   */
  scanOf(filter: RedemptionFilter, sort: RedemptionSort): Scan {
    const { orderId, customerId, promotionId } = filter;
    const isByCreation = sort === 'CREATED_AT_DESC';
    const otherTime = isByCreation ? redeemedIn(filter) : createdIn(filter);
    const list = {
      ...LEDGER,
      value: VALUES[sort],
      period: isByCreation ? { after: filter.createdAfter, before: filter.createdBefore } : redeemedPeriod(filter),
    };
    if (orderId !== undefined || customerId !== undefined) {
      const leg: Leg = orderId === undefined ? { customer_id: customerId ?? '' } : { order_id: orderId };
      return { ...list, legs: [leg], fits: [...narrowingOf(filter), ...otherTime] };
    }
    const owners: Leg[] =
      promotionId === undefined ? [{}] : [{ promotion_id: promotionId }, { coupon_id: promotionId }];
    const statuses = [...new Set(filter.statuses ?? REDEMPTION_STATUSES)];
    const legs = owners.flatMap((owner) => statuses.map((status) => ({ ...owner, status })));
    return { ...list, legs, fits: [...reachOf(filter), ...otherTime] };
  }
}

function is(column: keyof RedemptionRow, value: string | undefined): Condition {
  return sql`${sql.ref(`redemptions.${column}`)} = ${value}`;
}

/** What a filter says besides the time. */
function narrowingOf(filter: RedemptionFilter): Condition[] {
  const { promotionId, statuses, customerId, orderId } = filter;
  const ofPromotion: Condition = sql`(${is('promotion_id', promotionId)} or ${is('coupon_id', promotionId)})`;
  return [
    sql`1`,
    ...reachOf(filter),
    ...(promotionId === undefined ? [] : [ofPromotion]),
    ...(statuses === undefined ? [] : [isChosen(sql.ref('redemptions.status'), statuses, REDEMPTION_STATUSES)]),
    ...(customerId === undefined ? [] : [is('customer_id', customerId)]),
    ...(orderId === undefined ? [] : [is('order_id', orderId)]),
  ];
}

/** A redemption belongs where its promotion does. */
function reachOf({ accountScope = null }: RedemptionFilter): Condition[] {
  if (accountScope === null) return [];
  return [
    sql`exists (select 1 from promotions where promotions.id = redemptions.promotion_id and ${isInAccountScope(accountScope)})`,
  ];
}

function createdIn({ createdAfter, createdBefore }: RedemptionFilter): Condition[] {
  return [
    ...(createdAfter === undefined ? [] : [sql<SqlBool>`redemptions.created_at > ${createdAfter}`]),
    ...(createdBefore === undefined ? [] : [sql<SqlBool>`redemptions.created_at < ${createdBefore}`]),
  ];
}

/** Nothing that was never redeemed: null is neither before nor after. */
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
