import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { between, type PageSlice, type Period, readingOrder } from './cursor.ts';
import { parameter } from './database.ts';

export type Condition = RawBuilder<SqlBool>;

/** A row that the scan of a list comes by. */
export interface ScannedRow {
  /** What the list is ordered by. */
  value: number;
  /** What tells rows of the same value apart: the row's number. */
  tie: number;
  /** 1 where the row belongs to the list. */
  fits: 0 | 1;
}

/** Which rows a list is made of. */
export interface Scan {
  from: RawBuilder<unknown>;
  value: RawBuilder<number>;
  tie: RawBuilder<number>;
  direction: 'asc' | 'desc';
  /** What each index scan is narrowed to; together they are the list, each row in one of them. */
  legs: Condition[][];
  /** What the rows' values are within. */
  period: Period;
  /** What is looked at row by row, because no index can narrow a scan by it. */
  fits: Condition[];
}

/** The leg of a list that is narrowed to nothing. */
const NOTHING: Condition[] = [sql`0`];

/** A page looks at no more rows than this, however few of them belong to it. */
export const MOST_LOOKED_AT = 10_000;

/** The rows of a scan as one query, in the order of the list: SQLite merges its legs as they are read. */
export function scanned(scan: Scan, slice: PageSlice, within = withinSlice(scan, slice)): RawBuilder<ScannedRow> {
  const { from, value, tie, direction, legs, fits } = scan;
  const order = sql.raw(readingOrder(direction, slice));
  const isFit = fits.length > 0 ? sql`(${all(fits)}) is true` : sql`1`;
  const leg = (conditions: Condition[]) =>
    sql`select ${value} as value, ${tie} as tie, ${isFit} as fits from ${from} where ${all([...conditions, within])}`;
  const narrowed = legs.length > 0 ? legs : [NOTHING];
  return sql`${sql.join(narrowed.map(leg), sql` union all `)} order by value ${order}, tie ${order}`;
}

function withinSlice({ value, tie, direction, period }: Scan, slice: PageSlice): Condition {
  return between({ value, tie }, direction, slice, period);
}

/** The same rows after a place that is given as the parameters `value` and `tie` when the query is run. */
export function continued(scan: Scan, slice: PageSlice): RawBuilder<ScannedRow> {
  const { value, tie, direction, period } = scan;
  const isRising = readingOrder(direction, slice) === 'asc';
  const place = sql`(${parameter('value')}, ${parameter('tie')})`;
  const beyond = isRising ? sql`(${value}, ${tie}) > ${place}` : sql`(${value}, ${tie}) < ${place}`;
  // The place is further on than where the slice and the period begin.
  const { limit, backwards, after, before } = slice;
  const end = { limit, backwards, ...(backwards ? after && { after } : before && { before }) };
  const rest = isRising ? { before: period.before } : { after: period.after };
  return scanned(scan, slice, sql`${beyond} and ${between({ value, tie }, direction, end, rest)}`);
}

/** How many rows a scan has, whether they fit or not; no more than `most` are counted. */
export function counted(scan: Scan, most: number): RawBuilder<{ total: number }> {
  const { from, legs } = scan;
  const within = withinSlice(scan, { limit: most, backwards: false });
  const leg = (conditions: Condition[]) => sql`select 1 from ${from} where ${all([...conditions, within])}`;
  const narrowed = (legs.length > 0 ? legs : [NOTHING]).map(leg);
  return sql`select count(*) as total from (${sql.join(narrowed, sql` union all `)} limit ${most})`;
}

export function all(conditions: Condition[]): Condition {
  return sql`${sql.join(conditions, sql` and `)}`;
}

/** Nothing at all where there are no values. */
export function isAmong(value: RawBuilder<unknown>, values: readonly string[]): Condition {
  return values.length === 0 ? sql`0` : sql`${value} in (${sql.join(values)})`;
}
