import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { z } from 'zod';

/** Where a row stands in a list: the value it is sorted by, then what tells equal ones apart. Opaque to clients. */
export interface Position {
  sort: string;
  value: number;
  tie: number;
}

/** A page of a list. `backwards`: the rows before `before`, nearest first. */
export interface PageSlice {
  after?: Position;
  before?: Position;
  limit: number;
  backwards: boolean;
}

/** A page as it was found. */
export interface ListPage<Row> {
  entries: { row: Row; position: Position }[];
  /** Where it gave up looking for more; null: it is full, or the list is at its end. */
  reached: Position | null;
}

const position = z.tuple([z.string(), z.number(), z.number()]);

export function encodeCursor({ sort, value, tie }: Position): string {
  return Buffer.from(JSON.stringify([sort, value, tie])).toString('base64url');
}

/** The position behind a cursor of a list in this sort order; null for anything else. */
export function decodeCursor(cursor: string, sort: string): Position | null {
  try {
    const [of, value, tie] = position.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return of === sort ? { sort, value, tie } : null;
  } catch {
    return null;
  }
}

/** The values of a list that are between two others, those left out. */
export interface Period {
  after?: number;
  before?: number;
}

type Edge = Pick<Position, 'value' | 'tie'>;

/** An edge that is known when the query is run. */
type LaterEdge = Record<'value' | 'tie', RawBuilder<number>>;

/**
 * The condition that keeps a list to a period and to what stands after and before two positions. One bound on each side,
 * the narrower: an index can begin at one only, and would go through what is between that and the other.
 * @param here where reading goes on from, within all the others
 */
export function between(
  { value, tie }: { value: RawBuilder<number>; tie: RawBuilder<number> },
  direction: 'asc' | 'desc',
  slice: PageSlice,
  period: Period,
  here?: LaterEdge,
): RawBuilder<SqlBool> {
  const [above, below] = direction === 'asc' ? [slice.after, slice.before] : [slice.before, slice.after];
  const isUpwards = readingOrder(direction, slice) === 'asc';
  const begin = period.after === undefined ? undefined : { value: period.after, tie: Number.MAX_SAFE_INTEGER };
  const end = period.before === undefined ? undefined : { value: period.before, tie: 0 };
  const lowest = isUpwards && here ? here : last(above, begin);
  const highest = !isUpwards && here ? here : first(below, end);
  return sql`${sql.join(
    [
      lowest ? sql`(${value}, ${tie}) > (${lowest.value}, ${lowest.tie})` : sql`1`,
      highest ? sql`(${value}, ${tie}) < (${highest.value}, ${highest.tie})` : sql`1`,
    ],
    sql` and `,
  )}`;
}

function last(one: Edge | undefined, other: Edge | undefined): Edge | undefined {
  return one && other ? (isBefore(one, other) ? other : one) : (one ?? other);
}

function first(one: Edge | undefined, other: Edge | undefined): Edge | undefined {
  return one && other ? (isBefore(one, other) ? one : other) : (one ?? other);
}

function isBefore(one: Edge, other: Edge): boolean {
  return one.value === other.value ? one.tie < other.tie : one.value < other.value;
}

/** The order to read in: the list's own, or turned round to find the rows before a position. */
export function readingOrder(direction: 'asc' | 'desc', { backwards }: PageSlice): 'asc' | 'desc' {
  return backwards ? (direction === 'asc' ? 'desc' : 'asc') : direction;
}
