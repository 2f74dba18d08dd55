import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { between, type ListPage, type PageSlice, type Period, type Position, readingOrder } from './cursor.ts';

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
export function scanned(scan: Scan, slice: PageSlice): RawBuilder<ScannedRow> {
  const { from, value, tie, direction, legs, fits } = scan;
  const order = sql.raw(readingOrder(direction, slice));
  const isFit = fits.length > 0 ? sql`(${all(fits)}) is true` : sql`1`;
  const within = between({ value, tie }, direction, slice, scan.period);
  const leg = (conditions: Condition[]) =>
    sql`select ${value} as value, ${tie} as tie, ${isFit} as fits from ${from} where ${all([...conditions, within])}`;
  const narrowed = legs.length > 0 ? legs : [NOTHING];
  return sql`${sql.join(narrowed.map(leg), sql` union all `)} order by value ${order}, tie ${order}`;
}

/** Takes the first rows that fit, and tells where it gave up when it has looked at too many. */
export function takePage<Row>(
  rows: Iterable<ScannedRow>,
  { sort, limit, mostLookedAt }: { sort: string; limit: number; mostLookedAt: number },
  read: (number: number) => Row | undefined,
): ListPage<Row> {
  const found: Position[] = [];
  let reached: Position | null = null;
  let lookedAt = 0;
  for (const { value, tie, fits } of rows) {
    lookedAt += 1;
    const position = { sort, value, tie };
    if (fits) found.push(position);
    if (found.length >= limit) break;
    if (lookedAt >= mostLookedAt) {
      reached = position;
      break;
    }
  }
  const entries = found.flatMap((position) => {
    const row = read(position.tie);
    return row === undefined ? [] : [{ row, position }];
  });
  return { entries, reached };
}

export function all(conditions: Condition[]): Condition {
  return sql`${sql.join(conditions, sql` and `)}`;
}

/** Nothing at all where there are no values. */
export function isAmong(value: RawBuilder<unknown>, values: readonly string[]): Condition {
  return values.length === 0 ? sql`0` : sql`${value} in (${sql.join(values)})`;
}
