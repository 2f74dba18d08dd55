import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';

/** Where a row stands in a list: the value it is sorted by, then what tells equal ones apart. Opaque to clients. */
export interface Position {
  sort: string;
  value: number;
  tie: string | number;
}

/** A page of a list. `backwards`: the rows before `before`, nearest first. */
export interface PageSlice {
  after?: Position;
  before?: Position;
  limit: number;
  backwards: boolean;
}

const position = z.tuple([z.string(), z.number(), z.union([z.string(), z.number()])]);

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

/** The condition that keeps a list to what stands after and before two positions: a range on the index, not a count. */
export function between(
  columns: { value: RawBuilder<number>; tie: RawBuilder<unknown> },
  direction: 'asc' | 'desc',
  { after, before }: PageSlice,
): RawBuilder<boolean> {
  const following = sql.raw(direction === 'asc' ? '>' : '<');
  const preceding = sql.raw(direction === 'asc' ? '<' : '>');
  const edge = (operator: RawBuilder<unknown>, { value, tie }: Position) =>
    sql<boolean>`(${columns.value}, ${columns.tie}) ${operator} (${value}, ${tie})`;
  const conditions = [...(after ? [edge(following, after)] : []), ...(before ? [edge(preceding, before)] : [])];
  return conditions.length > 0 ? sql<boolean>`(${sql.join(conditions, sql` and `)})` : sql<boolean>`1`;
}

/** The order to read in: the list's own, or turned round to find the rows before a position. */
export function readingOrder(direction: 'asc' | 'desc', { backwards }: PageSlice): 'asc' | 'desc' {
  return backwards ? (direction === 'asc' ? 'desc' : 'asc') : direction;
}
