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

/** Lists of the ledger's rows. The cost of a page does not grow with the ledger. */
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

  /** Counts the redemptions, up to the limits of {@link countRows}. */
  count(filter: RedemptionFilter, budget = new RowBudget()): Promise<RowCount> {
    const isByCreation = filter.redeemedAfter === undefined && filter.redeemedBefore === undefined;
    const scan = this.scanOf(filter, isByCreation ? 'CREATED_AT_DESC' : 'REDEEMED_AT_DESC');
    return countRows(this.#database, { scan, mostLookedAt: MOST_LOOKED_AT, budget });
  }

  /** The exact number of held uses, including those that a provider is applying. */
  holds(): number {
    const { build } = this.#database;
    const held = build.selectFrom('redemptions').where('status', '=', sql.lit('HELD'));
    return this.#database.row(held.select(sql<number>`count(*)`.as('holds')))?.holds ?? 0;
  }

  /**
   * The scan for a page. For an order or a customer, it reads their few rows and checks each one. Otherwise it has one
   * leg for each status of the promotion, or of all promotions.
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
      return { ...list, legs: [leg], fits: [...conditionsOf(filter), ...otherTime] };
    }
    const owners: Leg[] =
      promotionId === undefined ? [{}] : [{ promotion_id: promotionId }, { coupon_id: promotionId }];
    const statuses = [...new Set(filter.statuses ?? REDEMPTION_STATUSES)];
    const legs = owners.flatMap((owner) => statuses.map((status) => ({ ...owner, status })));
    return { ...list, legs, fits: [...scopeOf(filter), ...otherTime] };
  }
}

function is(column: keyof RedemptionRow, value: string | undefined): Condition {
  return sql`${sql.ref(`redemptions.${column}`)} = ${value}`;
}

/** The conditions of a filter, except those on times. */
function conditionsOf(filter: RedemptionFilter): Condition[] {
  const { promotionId, statuses, customerId, orderId } = filter;
  const ofPromotion: Condition = sql`(${is('promotion_id', promotionId)} or ${is('coupon_id', promotionId)})`;
  return [
    sql`1`,
    ...scopeOf(filter),
    ...(promotionId === undefined ? [] : [ofPromotion]),
    ...(statuses === undefined ? [] : [isChosen(sql.ref('redemptions.status'), statuses, REDEMPTION_STATUSES)]),
    ...(customerId === undefined ? [] : [is('customer_id', customerId)]),
    ...(orderId === undefined ? [] : [is('order_id', orderId)]),
  ];
}

/** The condition that the account of the redemption's promotion is in the scope. */
function scopeOf({ accountScope = null }: RedemptionFilter): Condition[] {
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
