import { type RawBuilder, sql } from 'kysely';
import { parameter } from '../sqlite/database.ts';
import type { Condition } from '../sqlite/membership.ts';
import { between, type PageSlice, type Period, readingOrder } from './cursor.ts';

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
  table: 'promotions' | 'redemptions' | 'attempts';
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
}

/** The maximum number of rows that a page or a count examines. */
export const MOST_LOOKED_AT = 10_000;

/** The row that was read last, after which the rows of a leg continue. */
const HERE = { value: parameter<number>('here_value'), tie: parameter<number>('here_tie') };

/**
 * The rows of a leg in the order of the list, up to the parameter `limit`. All legs with the same columns share one
 * statement text.
 */
export function legRows(
  { from, table, value, tie, direction, where = [], fits, period }: Scan,
  columns: readonly string[],
  slice: PageSlice,
  since: 'START' | 'HERE',
): RawBuilder<ScannedRow> {
  const order = sql.raw(readingOrder(direction, slice));
  const isFit = fits.length > 0 ? sql`(${all(fits)}) is true` : sql`1`;
  const within = between({ value, tie }, direction, slice, period, since === 'HERE' ? HERE : undefined);
  const narrowed = all([...isLeg(table, columns), ...where, within]);
  return sql`select ${value} as value, ${tie} as tie, ${isFit} as fits from ${from} where ${narrowed}
    order by value ${order}, tie ${order} limit ${parameter('limit')}`;
}

/** Counts the rows of a leg, whether they fit or not, up to the parameter `limit`. */
export function legCount(
  { from, table, value, tie, direction, where = [], period }: Scan,
  columns: readonly string[],
): RawBuilder<{ total: number }> {
  const within = between({ value, tie }, direction, { limit: 0, backwards: false }, period);
  const narrowed = all([...isLeg(table, columns), ...where, within]);
  return sql`select count(*) as total from (select 1 from ${from} where ${narrowed} limit ${parameter('limit')})`;
}

/** The conditions that a row is in a leg. The leg's values are parameters, see {@link legValues}. */
export function isLeg(table: string, columns: readonly string[]): Condition[] {
  return columns.map((column) => sql`${sql.ref(`${table}.${column}`)} = ${parameter(`leg_${column}`)}`);
}

/** The values of a leg, by parameter name. */
export function legValues(leg: Leg): Record<string, string> {
  return Object.fromEntries(Object.entries(leg).map(([column, value]) => [`leg_${column}`, value]));
}

/** All conditions joined with "and". */
export function all(conditions: Condition[]): Condition {
  return sql`${sql.join(conditions, sql` and `)}`;
}
