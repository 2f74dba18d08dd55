import { sql } from 'kysely';
import type { Period } from './cursor.ts';
import type { Scan } from './scan.ts';

/** The rows of a table, in the order of a list. */
type Rows = Pick<Scan, 'from' | 'table' | 'value' | 'tie' | 'direction'>;

/**
 * A scan of the rows with these values. An index finds them by the first column that has one; the others are checked row
 * by row.
 * @param columns the wanted values, the most selective column first; undefined: any
 */
export function narrowedScan(
  rows: Rows,
  columns: Readonly<Record<string, readonly (string | undefined)[]>>,
  { after, before }: Period,
): Scan {
  const wanted = Object.entries(columns).flatMap(([column, values]) =>
    values.flatMap((value) => (value === undefined ? [] : [{ column, value }])),
  );
  const [first, ...others] = wanted;
  return {
    ...rows,
    legs: [first ? { [first.column]: first.value } : {}],
    period: { after, before },
    fits: others.map(({ column, value }) => sql`${sql.ref(`${rows.table}.${column}`)} = ${value}`),
  };
}
