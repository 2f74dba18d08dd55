import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { codeKey } from '../promo/code.ts';
import type { Instant, PromotionStatus, ProviderName } from '../promo/promotion.ts';
import { between, type PageSlice, type Position, readingOrder } from './cursor.ts';
import type { Database } from './database.ts';
import type { PromotionRow } from './tables.ts';

export type PromotionSort = 'CREATED_AT_DESC' | 'CREATED_AT_ASC' | 'EXPIRES_AT_ASC' | 'REDEEMED_COUNT_DESC';

/** What a list is narrowed to; what is absent does not narrow it. `…After` and `…Before` leave the instant itself out. */
export interface PromotionFilter {
  kind: 'PromoCode' | 'Coupon';
  providers?: readonly ProviderName[];
  accounts?: readonly string[];
  statuses?: readonly PromotionStatus[];
  /** Exactly this code, as redemption reads it. */
  code?: string;
  codePrefix?: string;
  couponId?: string;
  nameContains?: string;
  createdAfter?: Instant;
  createdBefore?: Instant;
  expiresBefore?: Instant;
}

/** Stands behind every date that there is: what never expires comes last. */
const NEVER = 9007199254740991;

const SORTS: Record<PromotionSort, { value: RawBuilder<number>; direction: 'asc' | 'desc' }> = {
  CREATED_AT_DESC: { value: sql<number>`promotions.created_at`, direction: 'desc' },
  CREATED_AT_ASC: { value: sql<number>`promotions.created_at`, direction: 'asc' },
  EXPIRES_AT_ASC: { value: sql<number>`coalesce(promotions.expires_at, ${sql.lit(NEVER)})`, direction: 'asc' },
  REDEEMED_COUNT_DESC: { value: sql<number>`promotions.redeemed_count`, direction: 'desc' },
};

/** Where a row stands in a list of this order. */
export function promotionPosition(row: PromotionRow, sort: PromotionSort): Position {
  const value =
    sort === 'EXPIRES_AT_ASC'
      ? (row.expires_at ?? NEVER)
      : sort === 'REDEEMED_COUNT_DESC'
        ? row.redeemed_count
        : row.created_at;
  return { sort, value, tie: row.id };
}

/** Lists of promo codes and coupons, from the store alone. */
export class PromotionList {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  page(filter: PromotionFilter, sort: PromotionSort, slice: PageSlice, now: Instant): PromotionRow[] {
    const { value, direction } = SORTS[sort];
    const order = readingOrder(direction, slice);
    return this.#database.rows(
      this.#filtered(filter, now)
        .selectAll('promotions')
        .where(between({ value, tie: sql`promotions.id` }, direction, slice))
        .orderBy(value, order)
        .orderBy('promotions.id', order)
        .limit(slice.limit),
    );
  }

  count(filter: PromotionFilter, now: Instant): number {
    const counted = this.#database.row(this.#filtered(filter, now).select(sql<number>`count(*)`.as('total')));
    return counted?.total ?? 0;
  }

  #filtered(filter: PromotionFilter, now: Instant) {
    let query = this.#database.build
      .selectFrom('promotions')
      .leftJoin('promotions as coupon', 'coupon.id', 'promotions.coupon_id')
      .where('promotions.kind', '=', filter.kind);
    if (filter.providers) query = query.where('promotions.provider', 'in', filter.providers);
    if (filter.accounts) query = query.where('promotions.account', 'in', filter.accounts);
    if (filter.statuses) query = query.where(statusAt(now), 'in', filter.statuses);
    if (filter.code !== undefined) query = query.where('promotions.code_key', '=', codeKey(filter.code));
    if (filter.codePrefix !== undefined) query = query.where(startsWith(codeKey(filter.codePrefix)));
    if (filter.couponId !== undefined) query = query.where('promotions.coupon_id', '=', filter.couponId);
    if (filter.nameContains !== undefined) {
      const part = filter.nameContains.toLowerCase();
      query = query.where(sql<SqlBool>`instr(promotions.name_key, ${part}) > 0`);
    }
    if (filter.createdAfter !== undefined) query = query.where('promotions.created_at', '>', filter.createdAfter);
    if (filter.createdBefore !== undefined) query = query.where('promotions.created_at', '<', filter.createdBefore);
    if (filter.expiresBefore !== undefined) query = query.where('promotions.expires_at', '<', filter.expiresBefore);
    return query;
  }
}

/** As a range, which an index serves and in which `%` is a letter like any other. */
function startsWith(prefix: string): RawBuilder<SqlBool> {
  return sql<SqlBool>`(promotions.code_key >= ${prefix} and promotions.code_key < ${`${prefix}\u{10ffff}`})`;
}

/** The status as `promo/status.ts` works it out, in SQL. */
function statusAt(now: Instant): RawBuilder<PromotionStatus> {
  return sql<PromotionStatus>`case
    when promotions.expires_at <= ${now} or coupon.expires_at <= ${now} then 'EXPIRED'
    when promotions.redeemed_count >= promotions.max_redemptions
      or coupon.redeemed_count >= coupon.max_redemptions then 'EXHAUSTED'
    when not promotions.active or not coupon.active then 'INACTIVE'
    when promotions.starts_at > ${now} or coupon.starts_at > ${now} then 'SCHEDULED'
    else 'ACTIVE' end`;
}
