import type { Db, Engine } from '../engines/engine.ts';
import { type PageSlice, type Position, readingOrder } from './cursor.ts';
import { type LegQueries, legQueries } from './leg-queries.ts';
import { type Leg, legRows, type Scan, type ScannedRow } from './scan.ts';
import { ROWS_IN_A_TURN } from './turns.ts';

/**
 * How many rows of a leg one query reads: few at first, because there may be hundreds of legs, then twice as many each
 * time. Rows that do not fit into a turn are read again in the next turn.
 */
const FEWEST_READ = 4;
const MOST_READ = ROWS_IN_A_TURN;

type Compare = (one: ScannedRow, other: ScannedRow) => number;

/**
 * The rows of a scan in the order of its list, merged from its legs: each batch follows the one before.
 * @param reached the row of the scan after which to continue; null: begin where the slice begins
 */
export async function* mergedLegs(
  engine: Engine,
  db: Db,
  scan: Scan,
  slice: PageSlice,
  reached: ScannedRow | null = null,
): AsyncGenerator<ScannedRow[], undefined> {
  const sign = readingOrder(scan.direction, slice) === 'asc' ? 1 : -1;
  const compare: Compare = (one, other) => sign * (one.value - other.value || one.tie - other.tie);
  const kept = keptQueries(engine, scan, slice);
  const queries = kept ?? legQueries(engine, (columns, input) => legRows(scan, columns, slice, input));
  const here = reached ?? (kept ? startOf(slice) : undefined);
  const legs = await queries.withRows(db, scan.legs, here);
  // Of several legs, and of rows that may not fit, more are read than the page has.
  const wanted = legs.length === 1 && scan.fits.length === 0 ? slice.limit : 2 * slice.limit;
  const limit = Math.max(FEWEST_READ, Math.ceil(Math.min(wanted, MOST_READ) / legs.length));
  const first = await queries.each(db, legs, { limit, ...(here && { here }) });
  let readers = legs.map((leg, index) => new LegReader(leg, { queries, compare, limit }, first[index] ?? []));
  readers = readers.filter((reader) => !reader.isEmpty);
  while (readers.length > 0) {
    const horizon = readers.flatMap((reader) => reader.last ?? []).sort(compare)[0];
    yield readers.flatMap((reader) => reader.take(horizon)).sort(compare);
    for (const reader of readers) if (reader.isEmpty) await reader.readMore(db);
    readers = readers.filter((reader) => !reader.isEmpty);
  }
}

/** The queries of scans whose text contains no values, by engine and name. Building them takes longer than running them. */
const queriesByName = new WeakMap<Engine, Map<string, LegQueries<ScannedRow>>>();

/** Kept queries for a scan. They start after a row that is given when they run. Null: they would not have the same text. */
function keptQueries(engine: Engine, scan: Scan, slice: PageSlice): LegQueries<ScannedRow> | null {
  const end = slice.backwards ? slice.after : slice.before;
  if (scan.textName === undefined || end !== undefined) return null;
  const name = `${scan.textName} ${slice.backwards}`;
  const ofEngine = queriesByName.get(engine) ?? new Map<string, LegQueries<ScannedRow>>();
  queriesByName.set(engine, ofEngine);
  const unlimited = { limit: 0, backwards: slice.backwards };
  const queries =
    ofEngine.get(name) ?? legQueries(engine, (columns, input) => legRows(scan, columns, unlimited, input));
  ofEngine.set(name, queries);
  return queries;
}

/** The row after which a slice starts; undefined: at the beginning. */
function startOf({ backwards, after, before }: PageSlice): Position | undefined {
  return backwards ? before : after;
}

/** Reads a leg, some rows at a time. */
class LegReader {
  readonly #leg: Leg;
  readonly #queries: LegQueries<ScannedRow>;
  readonly #compare: Compare;
  #limit: number;
  #rows: ScannedRow[];
  /** The last row that was read, if more may follow. */
  last: ScannedRow | undefined;

  constructor(
    leg: Leg,
    { queries, compare, limit }: { queries: LegQueries<ScannedRow>; compare: Compare; limit: number },
    rows: ScannedRow[],
  ) {
    this.#leg = leg;
    this.#queries = queries;
    this.#compare = compare;
    this.#limit = limit;
    this.#rows = rows;
    this.last = rows.length < limit ? undefined : rows.at(-1);
  }

  /** Whether all rows that were read have been taken. */
  get isEmpty(): boolean {
    return this.#rows.length === 0;
  }

  /** The rows up to the horizon; all if there is none. */
  take(horizon: ScannedRow | undefined): ScannedRow[] {
    const beyond = horizon ? this.#rows.findIndex((row) => this.#compare(row, horizon) > 0) : -1;
    if (beyond === 0) return [];
    const taken = beyond < 0 ? this.#rows : this.#rows.slice(0, beyond);
    this.#rows = beyond < 0 ? [] : this.#rows.slice(beyond);
    return taken;
  }

  async readMore(db: Db): Promise<void> {
    if (this.last === undefined) return;
    this.#limit = Math.min(MOST_READ, 2 * this.#limit);
    this.#rows = await this.#queries.one(db, this.#leg, { limit: this.#limit, here: this.last });
    this.last = this.#rows.length < this.#limit ? undefined : this.#rows.at(-1);
  }
}
