import { sql } from 'kysely';
import type { Instant } from '../promo/promotion.ts';
import type { RedemptionStatus } from '../promo/redemption.ts';
import { between, type PageSlice, type Position, readingOrder } from './cursor.ts';
import type { Database } from './database.ts';
import type { RedemptionRow } from './tables.ts';

/** What a list of redemptions is narrowed to; what is absent does not narrow it. */
export interface RedemptionFilter {
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

export function redemptionPosition({ created_at, number }: RedemptionRow): Position {
  return { sort: REDEMPTION_SORT, value: created_at, tie: number };
}

/** Lists of the ledger's rows. */
export class RedemptionList {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  page(filter: RedemptionFilter, slice: PageSlice): RedemptionRow[] {
    const order = readingOrder('desc', slice);
    return this.#database.rows(
      this.#filtered(filter)
        .selectAll()
        .where(between({ value: sql<number>`created_at`, tie: sql`number` }, 'desc', slice))
        .orderBy('created_at', order)
        .orderBy('number', order)
        .limit(slice.limit),
    );
  }

  count(filter: RedemptionFilter): number {
    return this.#database.row(this.#filtered(filter).select(sql<number>`count(*)`.as('total')))?.total ?? 0;
  }

  #filtered(filter: RedemptionFilter) {
    let query = this.#database.build.selectFrom('redemptions');
    const { promotionId } = filter;
    if (promotionId !== undefined) {
      query = query.where((where) =>
        where.or([where('promotion_id', '=', promotionId), where('coupon_id', '=', promotionId)]),
      );
    }
    if (filter.statuses) query = query.where('status', 'in', filter.statuses);
    if (filter.customerId !== undefined) query = query.where('customer_id', '=', filter.customerId);
    if (filter.orderId !== undefined) query = query.where('order_id', '=', filter.orderId);
    if (filter.createdAfter !== undefined) query = query.where('created_at', '>', filter.createdAfter);
    if (filter.createdBefore !== undefined) query = query.where('created_at', '<', filter.createdBefore);
    return query;
  }
}
