import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Instant } from '../promo/promotion.ts';
import type { Reach } from '../promo/reach.ts';
import { REDEMPTION_STATUSES, type RedemptionStatus } from '../promo/redemption.ts';
import type { ListPage, PageSlice } from './cursor.ts';
import { type Database, parameter } from './database.ts';
import { isReached } from './promotion-filter.ts';
import { all, type Condition, isAmong, MOST_LOOKED_AT, type ScannedRow, scanned, takePage } from './scan.ts';
import type { RedemptionRow } from './tables.ts';

/** What a list of redemptions is narrowed to; what is absent does not narrow it. */
export interface RedemptionFilter {
  /** What whoever asks may see; null or absent: everything. */
  reach?: Reach;
  /** Of this promo code, or of this coupon and all its codes. */
  promotionId?: string;
  statuses?: readonly RedemptionStatus[];
  customerId?: string;
  orderId?: string;
  createdAfter?: Instant;
  createdBefore?: Instant;
}

/** The one order of redemptions: newest first. */
export const REDEMPTION_SORT = 'NEWEST_FIRST';

const LEDGER = {
  from: sql`redemptions`,
  value: sql.ref<number>('redemptions.created_at'),
  tie: sql.ref<number>('redemptions.number'),
  direction: 'desc',
} as const;

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

  page(filter: RedemptionFilter, slice: PageSlice): ListPage<RedemptionRow> {
    const taken = { sort: REDEMPTION_SORT, limit: slice.limit, mostLookedAt: MOST_LOOKED_AT };
    const rows = this.#database.iterate(this.scanOf(filter, slice));
    return takePage(rows, taken, (number) => this.#byNumber.get({ number }));
  }

  /** How many there are in all: every one of them is counted. */
  count(filter: RedemptionFilter): number {
    const narrowed = all([...narrowingOf(filter), ...periodOf(filter)]);
    return (
      this.#database.row(sql<{ total: number }>`select count(*) as total from redemptions where ${narrowed}`)?.total ??
      0
    );
  }

  /**
   * The rows that a page is looked for among, in its order: those of the order or customer, which are few, looked at row
   * by row; else those of the promotion or of all, of each status by itself.
   */
  scanOf(filter: RedemptionFilter, slice: PageSlice): RawBuilder<ScannedRow> {
    const { orderId, customerId, promotionId } = filter;
    const period = { after: filter.createdAfter, before: filter.createdBefore };
    if (orderId !== undefined || customerId !== undefined) {
      const leg = orderId === undefined ? is('customer_id', customerId) : is('order_id', orderId);
      return scanned({ ...LEDGER, legs: [[leg]], period, fits: narrowingOf(filter) }, slice);
    }
    const owners =
      promotionId === undefined ? [[]] : [[is('promotion_id', promotionId)], [is('coupon_id', promotionId)]];
    const statuses = [...new Set(filter.statuses ?? REDEMPTION_STATUSES)];
    const legs = owners.flatMap((owner) => statuses.map((status) => [...owner, is('status', status)]));
    return scanned({ ...LEDGER, legs, period, fits: reachOf(filter) }, slice);
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
    ...(statuses === undefined ? [] : [isAmong(sql.ref('redemptions.status'), statuses)]),
    ...(customerId === undefined ? [] : [is('customer_id', customerId)]),
    ...(orderId === undefined ? [] : [is('order_id', orderId)]),
  ];
}

/** A redemption belongs where its promotion does. */
function reachOf({ reach = null }: RedemptionFilter): Condition[] {
  if (reach === null) return [];
  return [
    sql`exists (select 1 from promotions where promotions.id = redemptions.promotion_id and ${isReached(reach)})`,
  ];
}

function periodOf({ createdAfter, createdBefore }: RedemptionFilter): Condition[] {
  return [
    ...(createdAfter === undefined ? [] : [sql<SqlBool>`redemptions.created_at > ${createdAfter}`]),
    ...(createdBefore === undefined ? [] : [sql<SqlBool>`redemptions.created_at < ${createdBefore}`]),
  ];
}
