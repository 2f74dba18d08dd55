import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Instant } from '../promo/promotion.ts';
import type { ListPage, PageSlice } from './cursor.ts';
import { type Database, parameter } from './database.ts';
import { type Leg, legsOf, ownersOf, type PromotionFilter, type Range, rangesOf, restOf } from './promotion-filter.ts';
import { all, type Condition, isAmong, MOST_LOOKED_AT, type ScannedRow, scanned, takePage } from './scan.ts';
import type { Statuses } from './statuses.ts';
import type { PromotionRow } from './tables.ts';

export type PromotionSort = 'CREATED_AT_DESC' | 'CREATED_AT_ASC' | 'EXPIRES_AT_ASC' | 'REDEEMED_COUNT_DESC';

const SORTS = {
  CREATED_AT_DESC: { column: 'created_at', direction: 'desc' },
  CREATED_AT_ASC: { column: 'created_at', direction: 'asc' },
  EXPIRES_AT_ASC: { column: 'ends_at', direction: 'asc' },
  REDEEMED_COUNT_DESC: { column: 'redeemed_count', direction: 'desc' },
} as const;

const FROM = sql`promotions left join promotions as coupon on coupon.id = promotions.coupon_id`;

/** How many rows a page may cost. */
interface Bounds {
  /** A range of no more rows than this is put in order, instead of being looked for in the order. */
  few: number;
  mostLookedAt: number;
}

/** Lists of promo codes and coupons, from the store alone. What a page costs does not grow with the store. */
export class PromotionList {
  readonly #database: Database;
  readonly #statuses: Statuses;
  readonly #bounds: Bounds;
  readonly #byNumber;

  constructor(database: Database, statuses: Statuses, bounds = { few: 1000, mostLookedAt: MOST_LOOKED_AT }) {
    this.#database = database;
    this.#statuses = statuses;
    this.#bounds = bounds;
    this.#byNumber = database.prepare<PromotionRow, { number: number }>(
      database.build.selectFrom('promotions').selectAll().where('number', '=', parameter<number>('number')),
    );
  }

  page(filter: PromotionFilter, sort: PromotionSort, slice: PageSlice, now: Instant): ListPage<PromotionRow> {
    const { rows, mostLookedAt } = this.scanOf(filter, sort, slice, now);
    const taken = { sort, limit: slice.limit, mostLookedAt };
    return takePage(this.#database.iterate(rows), taken, (number) => this.#byNumber.get({ number }));
  }

  /** How many there are in all: every one of them is counted. */
  count(filter: PromotionFilter, now: Instant): number {
    const { statuses, ...others } = filter;
    const conditions =
      statuses !== undefined && this.#statuses.settle(now)
        ? [isAmong(sql.ref('promotions.status'), statuses), ...restOf(others, now)]
        : restOf(filter, now);
    const narrowed = all([...ownersOf(filter), ...conditionsOf(rangesOf(filter)), ...conditions]);
    return (
      this.#database.row(sql<{ total: number }>`select count(*) as total from ${FROM} where ${narrowed}`)?.total ?? 0
    );
  }

  /**
   * The rows that a page is looked for among, in its order. Each combination of provider, account or coupon, and status
   * has them in that order in an index. What else narrows the list is looked at row by row, unless it is a range of few
   * rows: they are put in order.
   */
  scanOf(
    filter: PromotionFilter,
    sort: PromotionSort,
    slice: PageSlice,
    now: Instant,
  ): { rows: RawBuilder<ScannedRow>; mostLookedAt: number } {
    const { column, direction } = SORTS[sort];
    const list = { value: sql.ref<number>(`promotions.${column}`), tie: sql.ref<number>('promotions.tie'), direction };
    const areSettled = filter.statuses === undefined || this.#statuses.settle(now);
    const legs = legsOf(filter, areSettled);
    const ranges = rangesOf(filter);
    const rest = restOf(filter, now);
    const others = ranges.filter((range) => range.column !== column);
    const few = this.#few(legs, others);
    if (few) {
      const leg = [...ownersOf(filter), ...conditionsOf(ranges), ...rest];
      const from = sql`json_each(${JSON.stringify(few)}) as few cross join ${FROM}`;
      const scan = {
        ...list,
        from,
        legs: [[sql<SqlBool>`promotions.number = few.value`, ...leg]],
        period: {},
        fits: [],
      };
      return { rows: scanned(scan, slice), mostLookedAt: this.#bounds.few + 1 };
    }
    const { period } = ranges.find((range) => range.column === column) ?? { period: {} };
    const fits = [...conditionsOf(others), ...rest];
    return {
      rows: scanned({ ...list, from: FROM, legs: legs.map(conditionsOfLeg), period, fits }, slice),
      mostLookedAt: this.#bounds.mostLookedAt - others.length * this.#bounds.few,
    };
  }

  /** The numbers of the rows of a range that has few; null where none of them does. */
  #few(legs: Leg[], ranges: Range[]): number[] | null {
    if (legs.length === 0) return null;
    for (const { column, conditions } of ranges) {
      const scans = column === 'code_key' ? [[]] : legs.map(conditionsOfLeg);
      const found = this.#database.rows(
        sql<{ number: number }>`${sql.join(
          scans.map((leg) => sql`select promotions.number from promotions where ${all([...leg, ...conditions])}`),
          sql` union all `,
        )} limit ${this.#bounds.few + 1}`,
      );
      if (found.length <= this.#bounds.few) return found.map(({ number }) => number);
    }
    return null;
  }
}

function conditionsOf(ranges: Range[]): Condition[] {
  return ranges.flatMap(({ conditions }) => conditions);
}

function conditionsOfLeg(leg: Leg): Condition[] {
  return Object.entries(leg).map(([column, value]) => sql`${sql.ref(`promotions.${column}`)} = ${value}`);
}
