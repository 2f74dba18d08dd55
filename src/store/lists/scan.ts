import { type RawBuilder, sql } from 'kysely';
import type { Condition } from '../engines/engine.ts';
import { type BoundEdge, between, type PageSlice, type Period, readingOrder } from './cursor.ts';

/** A row that the scan of a list reads. */
export interface ScannedRow {
  /** The sort value. */
  value: number;
  /** The row's number, which orders rows with the same value. */
  tie: number;
  /** 1 where the row belongs to the list. */
  fits: 0 | 1;
}

/** An index scan: one value for each of the columns that its index begins with. */
export type Leg = Readonly<Record<string, string>>;

/** The rows of a list, and how to find them. */
export interface Scan {
  from: RawBuilder<unknown>;
  /** The table that the columns of the legs belong to. */
  table: 'promotions' | 'redemptions' | 'attempts' | 'refusals';
  value: RawBuilder<number>;
  tie: RawBuilder<number>;
  direction: 'asc' | 'desc';
  /** Together they are the list, each row in one of them. */
  legs: readonly Leg[];
  /** Conditions that every row of a leg also meets. */
  where?: Condition[];
  /** The range of the rows' values. */
  period: Period;
  /** Conditions that are checked row by row, because no index covers them. */
  fits: Condition[];
  /** A name for the text of a scan without any values in its conditions. Statements are kept under this name. */
  textName?: string;
}

/** The maximum number of rows that a page or a count examines. */
export const MOST_LOOKED_AT = 10_000;

/** What the query of a leg gets when it runs. */
export interface LegInput {
  /** The leg's value of a column. */
  of(column: string): RawBuilder<unknown>;
  /** How many rows are read. */
  limit: RawBuilder<number>;
  /** The row that was read last, after which the rows of the leg continue; absent: they are read from the start. */
  here?: BoundEdge;
}

/** The rows of a leg in the order of the list. All legs with the same columns share one statement text. */
export function legRows(
  scan: Scan,
  columns: readonly string[],
  slice: PageSlice,
  { of, limit, here }: LegInput,
): RawBuilder<ScannedRow> {
  const { from, table, value, tie, direction, where = [], fits, period } = scan;
  const order = sql.raw(readingOrder(direction, slice));
  const isFit = fits.length > 0 ? sql`(${all(fits)}) is true` : sql`1`;
  const within = between({ value, tie }, direction, slice, period, here);
  const narrowed = all([...isLeg(table, columns, of), ...where, ...within]);
  return sql`select ${value} as value, ${tie} as tie, ${isFit} as fits from ${from} where ${narrowed}
    order by value ${order}, tie ${order} limit ${limit}`;
}

/** The rows of a leg, whether they fit or not, to be counted. */
export function legMembers(scan: Scan, columns: readonly string[], { of, limit }: LegInput): RawBuilder<unknown> {
  const { from, table, value, tie, direction, where = [], period } = scan;
  const within = between({ value, tie }, direction, { limit: 0, backwards: false }, period);
  const narrowed = all([...isLeg(table, columns, of), ...where, ...within]);
  return sql`select 1 as member from ${from} where ${narrowed} limit ${limit}`;
}

/** The conditions that a row is in a leg. */
export function isLeg(table: string, columns: readonly string[], of: LegInput['of']): Condition[] {
  return columns.map((column) => sql`${sql.ref(`${table}.${column}`)} = ${of(column)}`);
}

/** All conditions joined with "and". */
export function all(conditions: Condition[]): Condition {
  return conditions.length > 0 ? sql`${sql.join(conditions, sql` and `)}` : sql`true`;
}
