import type { CompiledQuery, RawBuilder } from 'kysely';
import type { Database } from '../sqlite/database.ts';
import { type PageSlice, readingOrder } from './cursor.ts';
import { type Leg, legCount, legRows, legValues, type Scan, type ScannedRow } from './scan.ts';
import { ROWS_IN_A_TURN } from './turns.ts';

/**
 * How many rows of a leg one query reads: few at first, because there may be hundreds of legs, then twice as many each
 * time. Rows that do not fit into a turn are read again in the next turn.
 */
const FEWEST_READ = 4;
const MOST_READ = ROWS_IN_A_TURN;

/** The state of reading a leg: `row` is the next row to return. */
interface Reader {
  row: ScannedRow;
  rest: Iterator<ScannedRow, undefined>;
}

/**
 * The rows of a scan in the order of its list, merged from its legs. SQLite could merge them, but the time to compile
 * such a statement grows with the square of the number of legs.
 * @param reached the row of the scan after which to continue; null: begin where the slice begins
 */
export function* mergedLegs(
  database: Database,
  scan: Scan,
  slice: PageSlice,
  reached: ScannedRow | null = null,
): Generator<ScannedRow, undefined> {
  const sign = readingOrder(scan.direction, slice) === 'asc' ? 1 : -1;
  const isAfter = (one: ScannedRow, other: ScannedRow) => sign * (one.value - other.value || one.tie - other.tie) > 0;
  const read = rowsReader(database, scan, slice, reached);
  /** In reverse order: the reader with the first row is last. */
  const readers: Reader[] = [];
  const queue = (rest: Reader['rest']) => {
    const { value: row } = rest.next();
    if (row === undefined) return;
    let [low, high] = [0, readers.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const there = readers[middle];
      if (there && isAfter(there.row, row)) low = middle + 1;
      else high = middle;
    }
    readers.splice(low, 0, { row, rest });
  };
  for (const leg of scan.legs) queue(read(leg));
  for (let next = readers.pop(); next; next = readers.pop()) {
    yield next.row;
    queue(next.rest);
  }
}

/** Counts the rows of a scan, whether they fit or not, until there are `most`. */
export function countLegs(database: Database, scan: Scan, most: number): number {
  const queryOf = queriesOf(database, (columns) => legCount(scan, columns));
  let total = 0;
  for (const leg of scan.legs) {
    if (total >= most) break;
    const [counted] = database.allOf(queryOf(leg), { ...legValues(leg), limit: most - total });
    total += counted?.total ?? 0;
  }
  return total;
}

/** Reads the rows of each leg of a scan. */
function rowsReader(database: Database, scan: Scan, slice: PageSlice, reached: ScannedRow | null) {
  const fromStart = queriesOf(database, (columns) => legRows(scan, columns, slice, 'START'));
  const fromHere = queriesOf(database, (columns) => legRows(scan, columns, slice, 'HERE'));
  const first = Math.max(FEWEST_READ, Math.ceil(Math.min(2 * slice.limit, MOST_READ) / scan.legs.length));
  return function* rowsOf(leg: Leg): Generator<ScannedRow, undefined> {
    const values = legValues(leg);
    const readAfter = ({ value, tie }: ScannedRow, limit: number) =>
      database.allOf(fromHere(leg), { ...values, here_value: value, here_tie: tie, limit });
    let limit = first;
    let rows = reached ? readAfter(reached, limit) : database.allOf(fromStart(leg), { ...values, limit });
    while (true) {
      yield* rows;
      const here = rows.at(-1);
      if (here === undefined || rows.length < limit) return;
      limit = Math.min(MOST_READ, 2 * limit);
      rows = readAfter(here, limit);
    }
  };
}

/** Compiles a query for each leg. Legs with the same columns share one. */
export function queriesOf<Row>(
  database: Database,
  build: (columns: readonly string[]) => RawBuilder<Row>,
): (leg: Leg) => CompiledQuery<Row> {
  const compiled = new Map<string, CompiledQuery<Row>>();
  return (leg) => {
    const columns = Object.keys(leg);
    const query = compiled.get(columns.join()) ?? database.compile(build(columns));
    compiled.set(columns.join(), query);
    return query;
  };
}
