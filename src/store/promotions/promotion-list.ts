import { sql } from 'kysely';
import type { Instant } from '../../domain/promotion/promotion.ts';
import type { Condition, Db, Engine } from '../engines/engine.ts';
import { type Placeholders, type PreparedQuery, prepare } from '../engines/prepared.ts';
import { recordsJson } from '../engines/records-json.ts';
import type { ListPage, PageSlice } from '../lists/cursor.ts';
import { legQueries } from '../lists/leg-queries.ts';
import { countRows, type Look, RowBudget, type RowCount, takePage } from '../lists/look-through.ts';
import { numberedRows, numbersText } from '../lists/numbered-rows.ts';
import { all, isLeg, type Leg, MOST_LOOKED_AT } from '../lists/scan.ts';
import type { Turns } from '../lists/turns.ts';
import type { PromotionRow } from '../tables.ts';
import {
  type AccountLeg,
  legsOf,
  type OwnerLeg,
  ownerLegs,
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
  readonly #engine: Engine;
  readonly #turns: Turns;
  readonly #statuses: Statuses;
  readonly #bounds: Bounds;
  readonly #rowsOf: (db: Db, numbers: readonly number[]) => Promise<PromotionRow[]>;
  readonly #known: PreparedQuery<{ accounts: string }, { place: number }>;

  constructor(
    engine: Engine,
    turns: Turns,
    statuses: Statuses,
    bounds: Bounds = { few: 1000, mostLookedAt: MOST_LOOKED_AT },
  ) {
    this.#engine = engine;
    this.#turns = turns;
    this.#statuses = statuses;
    this.#bounds = bounds;
    this.#rowsOf = numberedRows(engine, 'promotions');
    this.#known = prepare(engine, (_, value: Placeholders<{ accounts: string }>) => {
      const columns = { place: 'integer', kind: 'text', provider: 'text', account: 'text' } as const;
      const owned = engine.dialect.records<AccountLeg & { place: number }>(columns, value('accounts'));
      return sql<{ place: number }>`select owned.place from ${owned} as owned where exists (
        select 1 from promotions
          where kind = owned.kind and provider = owned.provider and account = owned.account)`;
    });
  }

  async page(
    filter: PromotionFilter,
    sort: PromotionSort,
    slice: PageSlice,
    now: Instant,
    budget = new RowBudget(),
  ): Promise<ListPage<PromotionRow>> {
    const look = await this.#turns.runToEnd(budget.caller, () => this.scanOf(filter, sort, now));
    return takePage(this.#source, { ...look, budget }, { sort, slice }, this.#rowsOf);
  }

  /** Counts the promotions, up to the limits of {@link countRows}. */
  async count(filter: PromotionFilter, now: Instant, budget = new RowBudget()): Promise<RowCount> {
    // The order does not matter for a count. This one has an index for `expiresBefore`.
    const sort = filter.expiresBefore === undefined ? 'CREATED_AT_DESC' : 'EXPIRES_AT_ASC';
    const look = await this.#turns.runToEnd(budget.caller, () =>
      this.scanOf(filter, sort, now, { trustsStatus: true }),
    );
    return countRows(this.#source, { ...look, budget });
  }

  /**
   * The scan for a page. An index has the rows in order for each combination of provider, account or coupon, and
   * status. Other conditions are checked row by row. If one of them is a range of few rows, these rows are read and
   * sorted instead. Before, updates statuses if the filter has some.
   * @param trustsStatus whether a current stored status is not computed again
   */
  async scanOf(
    filter: PromotionFilter,
    sort: PromotionSort,
    now: Instant,
    { trustsStatus = false }: { trustsStatus?: boolean } = {},
  ): Promise<Omit<Look, 'budget'>> {
    const { column, direction } = SORTS[sort];
    const list = {
      table: 'promotions' as const,
      value: sql.ref<number>(`promotions.${column}`),
      tie: sql.ref<number>('promotions.tie'),
      direction,
    };
    const areCurrent = filter.statuses === undefined || (await this.#statuses.update(now));
    const legs = legsOf(filter, await this.#withRows(ownerLegs(filter)), areCurrent);
    // Building a leg takes about as long as examining a row.
    this.#turns.spend(legs.length);
    const ranges = rangesOf(filter);
    const others = ranges.filter((range) => range.column !== column);
    const few = await this.#few(legs, others);
    if (few) {
      const { dialect } = this.#engine;
      const numbers = dialect.records<{ number: number }>({ number: 'integer' }, sql<string>`${numbersText(few)}`);
      const [number, numberOfFew] = [sql.ref('promotions.number'), sql.ref('few.number')];
      const isOneOfFew = dialect.isRowOf(number, numberOfFew, sql`select few.number from ${numbers} as few`);
      const from = sql`${numbers} as few cross join ${FROM}`;
      // The range of codes was read without a status.
      const where = [isOneOfFew, ...ownersOf(dialect, filter), ...conditionsOf(ranges), ...restOf(filter, now)];
      const scan = { ...list, from, legs: [{}], where, period: {}, fits: [] };
      return { scan, mostLookedAt: this.#bounds.few + 1 };
    }
    const period = ranges.find((range) => range.column === column)?.period ?? {};
    const { nameContains } = filter;
    const fits = [...conditionsOf(others), ...restOf(trustsStatus && areCurrent ? { nameContains } : filter, now)];
    const hasValues = fits.length > 0 || period.after !== undefined || period.before !== undefined;
    return {
      scan: { ...list, from: FROM, legs, period, fits, ...(!hasValues && { textName: `promotions by ${sort}` }) },
      mostLookedAt: this.#bounds.mostLookedAt - others.length * this.#bounds.few,
    };
  }

  get #source() {
    return { engine: this.#engine, turns: this.#turns };
  }

  /** Leaves out accounts without rows. A filter may name many accounts that do not exist, each at every provider. */
  async #withRows(owners: readonly OwnerLeg[]): Promise<readonly OwnerLeg[]> {
    const accounts = owners.flatMap((owner, place) => ('account' in owner ? { ...owner, place } : []));
    if (accounts.length === 0) return owners;
    this.#turns.spend(accounts.length);
    const known = await this.#known.all(this.#engine.reads, { accounts: recordsJson(accounts) });
    const places = new Set(known.map(({ place }) => place));
    return owners.filter((owner, place) => !('account' in owner) || places.has(place));
  }

  /** The row numbers of the first range that has few rows; null: none has. */
  async #few(legs: readonly Leg[], ranges: readonly Range[]): Promise<number[] | null> {
    if (legs.length === 0) return null;
    for (const range of ranges) {
      const found = await this.#numbersOf(range.column === 'normalized_code' ? [{}] : legs, range);
      this.#turns.spend(found.length);
      if (found.length <= this.#bounds.few) return found;
    }
    return null;
  }

  /** The row numbers in some legs, at most one more than `few`. */
  async #numbersOf(legs: readonly Leg[], { column, conditions }: Range): Promise<number[]> {
    const queries = legQueries(this.#engine, (columns, { of, limit }) => {
      const narrowed = all([...isLeg('promotions', columns, of), ...conditions]);
      // In the order of the range, so that the planner takes the index of the range.
      return sql<{ number: number }>`select promotions.number from promotions where ${narrowed}
        order by ${sql.ref(`promotions.${column}`)} limit ${limit}`;
    });
    const found = await this.#engine.snapshot((db) => queries.some(db, legs, this.#bounds.few + 1));
    return found.map(({ number }) => number);
  }
}

function conditionsOf(ranges: Range[]): Condition[] {
  return ranges.flatMap(({ conditions }) => conditions);
}
