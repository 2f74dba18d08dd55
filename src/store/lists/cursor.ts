import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { z } from 'zod';
import type { Condition } from '../engines/engine.ts';

/** The position of a row in a list: its sort value, then the tie-breaker. Opaque to clients. */
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

/** A page of a list. */
export interface ListPage<Row> {
  entries: { row: Row; position: Position }[];
  /** Where the search stopped early; null: the page is full, or the list has ended. */
  reached: Position | null;
}

const position = z.tuple([z.string(), z.number(), z.number()]);

/** The cursor of a position. {@link decodeCursor} is the inverse. */
export function encodeCursor({ sort, value, tie }: Position): string {
  return Buffer.from(JSON.stringify([sort, value, tie])).toString('base64url');
}

/** The position in a cursor of this sort order; null for any other text. */
export function decodeCursor(cursor: string, sort: string): Position | null {
  try {
    const [of, value, tie] = position.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
    return of === sort ? { sort, value, tie } : null;
  } catch {
    return null;
  }
}

/** A range of sort values, without its ends. */
export interface Period {
  after?: number;
  before?: number;
}

type Edge = Pick<Position, 'value' | 'tie'>;

/** An edge whose values are bound when the query runs. */
export type BoundEdge = Record<'value' | 'tie', RawBuilder<number>>;

/**
 * The conditions that limit a list to a period and to the rows between two positions. They are only the narrower bound
 * on each side, because an index scan uses only one of two bounds and would read the rows between them.
 * @param here the row after which reading continues, inside the other bounds
 */
export function between(
  { value, tie }: { value: RawBuilder<number>; tie: RawBuilder<number> },
  direction: 'asc' | 'desc',
  slice: PageSlice,
  period: Period,
  here?: BoundEdge,
): Condition[] {
  const [above, below] = direction === 'asc' ? [slice.after, slice.before] : [slice.before, slice.after];
  const isUpwards = readingOrder(direction, slice) === 'asc';
  const begin = period.after === undefined ? undefined : { value: period.after, tie: Number.MAX_SAFE_INTEGER };
  const end = period.before === undefined ? undefined : { value: period.before, tie: 0 };
  const lowest = isUpwards && here ? here : last(above, begin);
  const highest = !isUpwards && here ? here : first(below, end);
  return [
    ...(lowest ? [sql<SqlBool>`(${value}, ${tie}) > (${lowest.value}, ${lowest.tie})`] : []),
    ...(highest ? [sql<SqlBool>`(${value}, ${tie}) < (${highest.value}, ${highest.tie})`] : []),
  ];
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

/** The reading order: the list's own, or reversed to find the rows before a position. */
export function readingOrder(direction: 'asc' | 'desc', { backwards }: PageSlice): 'asc' | 'desc' {
  return backwards ? (direction === 'asc' ? 'desc' : 'asc') : direction;
}
