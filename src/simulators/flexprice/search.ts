import { z } from 'zod';
import { type CouponDocument, shownCoupon } from './coupon.ts';
import type { Refuse } from './errors.ts';
import { GoInteger, GoString, GoStrings } from './go-json.ts';
import { byAge, checkPage, DEFAULT_LIMIT, queryInteger } from './paging.ts';
import { checkColumn, checkFilter, columnValue, Filter, matchesFilter } from './search-filters.ts';
import type { FlexpriceSwitches } from './switches.ts';

const Sort = z.object({ field: GoString, direction: GoString });
type Sort = z.infer<typeof Sort>;

export const SearchBody = z.object({
  limit: GoInteger,
  offset: GoInteger,
  status: GoString,
  order: GoString,
  sort: z
    .array(Sort)
    .nullish()
    .transform((sort) => sort ?? []),
  coupon_ids: GoStrings,
  coupon_codes: GoStrings,
  filters: z
    .array(Filter)
    .nullish()
    .transform((filters) => filters ?? []),
});
export type SearchBody = z.infer<typeof SearchBody>;

/** Reads a search from a query string. Lists are repeated parameters. `sort` and `filters` are refused. */
export function searchOfQuery(query: URLSearchParams, refuse: Refuse): SearchBody {
  if (query.has('sort') || query.has('filters')) throw refuse('validation_error', 'Invalid request format');
  return {
    limit: queryInteger(query, 'limit', refuse),
    offset: queryInteger(query, 'offset', refuse),
    status: query.get('status') ?? '',
    order: query.get('order') ?? '',
    sort: [],
    coupon_ids: query.getAll('coupon_ids'),
    coupon_codes: query.getAll('coupon_codes'),
    filters: [],
  };
}

/** Searches coupons. @throws {Refusal} 400; for an unknown field 400 or 500, depending on `ambiguousStatus` */
export function searchCoupons(
  coupons: CouponDocument[],
  search: SearchBody,
  { refuse, switches }: { refuse: Refuse; switches: FlexpriceSwitches },
) {
  checkPage(search, refuse);
  for (const filter of search.filters) checkFilter(filter, refuse, switches);
  for (const { field } of search.sort) checkColumn(field, refuse, switches);
  const limit = search.limit || DEFAULT_LIMIT;
  const offset = search.offset ?? 0;
  const found = byAge(coupons, search.order)
    .filter((coupon) => isFound(coupon, search))
    .sort((a, b) => compareBy(search.sort, a, b));
  return {
    items: found.slice(offset, offset + limit).map(shownCoupon),
    pagination: { total: found.length, limit, offset },
  };
}

function isFound(coupon: CouponDocument, { status, coupon_ids, coupon_codes, filters }: SearchBody): boolean {
  return (
    coupon.status === (status || 'published') &&
    (coupon_ids.length === 0 || coupon_ids.includes(coupon.id)) &&
    // Unlike the look-up by code, the search is case-sensitive. Codes are stored in lower case.
    (coupon_codes.length === 0 || coupon_codes.includes(coupon.coupon_code)) &&
    filters.every((filter) => matchesFilter(coupon, filter))
  );
}

function compareBy(sort: Sort[], a: CouponDocument, b: CouponDocument): number {
  for (const { field, direction } of sort) {
    const [left, right] = [columnValue(a, field) ?? '', columnValue(b, field) ?? ''];
    if (left !== right) return left < right === (direction !== 'desc') ? -1 : 1;
  }
  return 0;
}
