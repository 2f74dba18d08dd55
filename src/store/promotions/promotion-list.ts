import { type SqlBool, sql } from 'kysely';
import type { Instant } from '../../domain/promotion/promotion.ts';
import type { ListPage, PageSlice } from '../lists/cursor.ts';
import { countRows, type Look, RowBudget, type RowCount, takePage } from '../lists/look-through.ts';
import { queriesOf } from '../lists/merged-legs.ts';
import { all, isLeg, type Leg, legValues, MOST_LOOKED_AT } from '../lists/scan.ts';
import { type Database, parameter } from '../sqlite/database.ts';
import type { Condition } from '../sqlite/membership.ts';
import type { PromotionRow } from '../tables.ts';
import {
  legsOf,
  type OwnedKind,
  ownersOf,
  type PromotionFilter,
  type Range,
  rangesOf,
  restOf,
} from './promotion-filter.ts';
import type { Statuses } from './statuses.ts';

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
  /** A range of at most this many rows is sorted. A larger one is read in the order of the list. */
  few: number;
  mostLookedAt: number;
}

/** Lists of promo codes and coupons, from the store only. The cost of a page does not grow with the store. */
export class PromotionList {
  readonly #database: Database;
  readonly #statuses: Statuses;
  readonly #bounds: Bounds;
  readonly #byNumber;
  readonly #anyOf;

  constructor(database: Database, statuses: Statuses, bounds = { few: 1000, mostLookedAt: MOST_LOOKED_AT }) {
    this.#database = database;
    this.#statuses = statuses;
    this.#bounds = bounds;
    this.#byNumber = database.prepare<PromotionRow, { number: number }>(
      database.build.selectFrom('promotions').selectAll().where('number', '=', parameter<number>('number')),
    );
    this.#anyOf = database.prepare<{ number: number }, OwnedKind>(
      database.build
        .selectFrom('promotions')
        .select('number')
        .where('kind', '=', parameter<OwnedKind['kind']>('kind'))
        .where('provider', '=', parameter<OwnedKind['provider']>('provider'))
        .where('account', '=', parameter<string>('account'))
        .limit(sql.lit(1)),
    );
  }

  async page(
    filter: PromotionFilter,
    sort: PromotionSort,
    slice: PageSlice,
    now: Instant,
    budget = new RowBudget(),
  ): Promise<ListPage<PromotionRow>> {
    const look = await this.#database.turns.run(budget.caller, () =>
      this.scanOf(filter, sort, now, { isEmpty: this.#isEmpty }),
    );
    return takePage(this.#database, { ...look, budget }, { sort, slice }, (number) => this.#byNumber.get({ number }));
  }

  /** Counts the promotions, up to the limits of {@link countRows}. */
  async count(filter: PromotionFilter, now: Instant, budget = new RowBudget()): Promise<RowCount> {
    // The order does not matter for a count. This one has an index for `expiresBefore`.
    const sort = filter.expiresBefore === undefined ? 'CREATED_AT_DESC' : 'EXPIRES_AT_ASC';
    const look = await this.#database.turns.run(budget.caller, () =>
      this.scanOf(filter, sort, now, { isEmpty: this.#isEmpty, trustsStatus: true }),
    );
    return countRows(this.#database, { ...look, budget });
  }

  /**
   * The scan for a page. An index has the rows in order for each combination of provider, account or coupon, and
   * status. Other conditions are checked row by row. If one of them is a range of few rows, these rows are read and
   * sorted instead.
   * @param trustsStatus whether a current stored status is not computed again
   * @param isEmpty whether an account has no rows
   */
  scanOf(
    filter: PromotionFilter,
    sort: PromotionSort,
    now: Instant,
    { trustsStatus = false, isEmpty }: { trustsStatus?: boolean; isEmpty?: (owned: OwnedKind) => boolean } = {},
  ): Omit<Look, 'budget'> {
    const { column, direction } = SORTS[sort];
    const list = {
      table: 'promotions' as const,
      value: sql.ref<number>(`promotions.${column}`),
      tie: sql.ref<number>('promotions.tie'),
      direction,
    };
    const areCurrent = filter.statuses === undefined || this.#statuses.update(now);
    const legs = legsOf(filter, areCurrent, isEmpty);
    // Building a leg takes about as long as examining a row.
    this.#database.turns.spend(legs.length);
    const ranges = rangesOf(filter);
    const others = ranges.filter((range) => range.column !== column);
    const few = this.#few(legs, others);
    if (few) {
      const isOneOfFew = sql<SqlBool>`promotions.number = few.value`;
      const from = sql`json_each(${JSON.stringify(few)}) as few cross join ${FROM}`;
      // The range of codes was read without a status.
      const where = [isOneOfFew, ...ownersOf(filter), ...conditionsOf(ranges), ...restOf(filter, now)];
      const scan = { ...list, from, legs: [{}], where, period: {}, fits: [] };
      return { scan, mostLookedAt: this.#bounds.few + 1 };
    }
    const { period } = ranges.find((range) => range.column === column) ?? { period: {} };
    const { nameContains } = filter;
    const fits = [...conditionsOf(others), ...restOf(trustsStatus && areCurrent ? { nameContains } : filter, now)];
    return {
      scan: { ...list, from: FROM, legs, period, fits },
      mostLookedAt: this.#bounds.mostLookedAt - others.length * this.#bounds.few,
    };
  }

  /** A filter may name many accounts that do not exist, each at every provider. */
  readonly #isEmpty = (owned: OwnedKind): boolean => {
    this.#database.turns.spend(1);
    return this.#anyOf.get(owned) === undefined;
  };

  /** The row numbers of the first range that has few rows; null: none has. */
  #few(legs: Leg[], ranges: Range[]): number[] | null {
    if (legs.length === 0) return null;
    for (const { column, conditions } of ranges) {
      const found = this.#numbersOf(column === 'normalized_code' ? [{}] : legs, conditions);
      this.#database.turns.spend(found.length);
      if (found.length <= this.#bounds.few) return found;
    }
    return null;
  }

  /** The row numbers in some legs, at most one more than `few`. */
  #numbersOf(legs: readonly Leg[], conditions: Condition[]): number[] {
    const found: number[] = [];
    const queryOf = queriesOf(this.#database, (columns) => {
      const narrowed = all([...isLeg('promotions', columns), ...conditions]);
      return sql<{
        number: number;
      }>`select promotions.number from promotions where ${narrowed} limit ${parameter('limit')}`;
    });
    for (const leg of legs) {
      const limit = this.#bounds.few + 1 - found.length;
      if (limit <= 0) break;
      found.push(...this.#database.allOf(queryOf(leg), { ...legValues(leg), limit }).map(({ number }) => number));
    }
    return found;
  }
}

function conditionsOf(ranges: Range[]): Condition[] {
  return ranges.flatMap(({ conditions }) => conditions);
}
