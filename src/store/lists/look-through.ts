import type { Db, Engine } from '../engines/engine.ts';
import type { ListPage, PageSlice, Position } from './cursor.ts';
import { legQueries } from './leg-queries.ts';
import { mergedLegs } from './merged-legs.ts';
import { legMembers, type Scan, type ScannedRow } from './scan.ts';
import { ROW_READ, ROWS_IN_A_TURN, type Turns } from './turns.ts';

/** The cost of starting a leg, in examined rows. */
const LEG_COST = 10;

/**
 * How many rows one operation examines in all its lists and counts. Each of them may always examine one turn's rows.
 */
const ROWS_OF_AN_OPERATION = 100_000;

/** How many rows an operation of a caller may still examine. */
export class RowBudget {
  readonly caller: string;
  #left = ROWS_OF_AN_OPERATION;

  constructor(caller = '') {
    this.caller = caller;
  }

  get isSpent(): boolean {
    return this.#left <= 0;
  }

  spend(rows: number): void {
    this.#left -= rows;
  }
}

/** A list to read, and how many rows may be examined. */
export interface Look {
  scan: Scan;
  mostLookedAt: number;
  budget: RowBudget;
}

/** How many rows a list has, or how many were found until counting stopped. */
export interface RowCount {
  rows: number;
  isExact: boolean;
}

/** Where a list is read, and in whose turns. */
export interface ListSource {
  engine: Engine;
  turns: Turns;
}

/**
 * Reads a page: the first rows that fit, each once. Stops early after too many examined rows; `reached` is then set.
 * @param readRows the rows with these numbers, in any order
 */
export async function takePage<Row extends { number: number }>(
  source: ListSource,
  look: Look,
  { sort, slice }: { sort: string; slice: PageSlice },
  readRows: (db: Db, numbers: readonly number[]) => Promise<Row[]>,
): Promise<ListPage<Row>> {
  const entries = new Map<number, { row: Row; position: Position }>();
  const reached = await lookThrough(source, look, slice, {
    missing: () => slice.limit - entries.size,
    // A row is read together with its position, so that they match. A row that moves forward in the list between two
    // pieces is found twice.
    read: async (db, found) => {
      const added = found.filter(({ tie }) => !entries.has(tie));
      if (added.length === 0) return [];
      const numbers = added.map(({ tie }) => tie);
      const rows = new Map((await readRows(db, numbers)).map((row) => [row.number, row]));
      return added.flatMap(({ value, tie }) => {
        const row = rows.get(tie);
        return row === undefined ? [] : [{ row, position: { sort, value, tie } }];
      });
    },
    keep: (added) => {
      source.turns.spend(added.length * ROW_READ);
      for (const entry of added) entries.set(entry.row.number, entry);
    },
  });
  return { entries: [...entries.values()], reached: reached && { sort, value: reached.value, tie: reached.tie } };
}

/** Counts the rows of a list until its end, or until too many were examined. */
export async function countRows(source: ListSource, look: Look): Promise<RowCount> {
  const { scan, mostLookedAt } = look;
  if (scan.fits.length === 0) {
    const total = await countMembers(source, look);
    return { rows: Math.min(total, mostLookedAt), isExact: total <= mostLookedAt };
  }
  let rows = 0;
  const everything = { limit: mostLookedAt, backwards: false };
  const reached = await lookThrough(source, look, everything, {
    missing: () => mostLookedAt,
    read: async (_, found) => found.length,
    keep: (found) => {
      rows += found;
    },
  });
  return { rows, isExact: reached === null };
}

/** Counts the rows of all legs, and one more than may be examined. */
function countMembers({ engine, turns }: ListSource, { scan, mostLookedAt, budget }: Look): Promise<number> {
  const queries = legQueries(engine, (columns, input) => legMembers(scan, columns, input));
  return turns.runToEnd(budget.caller, () => {
    // Counting this many rows in an index takes as long as examining the rows of one turn.
    turns.spend(ROWS_IN_A_TURN + scan.legs.length * LEG_COST);
    return engine.snapshot((db) => queries.count(db, scan.legs, mostLookedAt + 1));
  });
}

interface Seeker<Found> {
  /** How many rows are still wanted. */
  missing(): number;
  /** Reads the rows that fit, in the snapshot in which they were found. Has no other effects: it may run again. */
  read(db: Db, fitting: readonly ScannedRow[]): Promise<Found>;
  keep(found: Found): void;
}

/**
 * Reads a list, some rows in each turn.
 * @returns the last row if too many were examined; null: no row is missing, or the list has ended
 */
async function lookThrough<Found>(
  { engine, turns }: ListSource,
  { scan, mostLookedAt, budget }: Look,
  slice: PageSlice,
  { missing, read, keep }: Seeker<Found>,
): Promise<ScannedRow | null> {
  let reached: ScannedRow | null = null;
  let lookedAt = 0;
  const lookOn = (since: ScannedRow | null) => {
    const wanted = { rows: Math.min(ROWS_IN_A_TURN, mostLookedAt - lookedAt), fitting: missing() };
    // A snapshot, so that the data of each row match its position while others write.
    return engine.snapshot(async (db) => {
      const looked = await lookAt(mergedLegs(engine, db, scan, slice, since), wanted);
      return { ...looked, found: await read(db, looked.fitting) };
    });
  };
  do {
    const { last, isEnd } = await turns.runToEnd(budget.caller, async () => {
      const looked = await lookOn(reached);
      const cost = looked.rows + scan.legs.length * LEG_COST;
      lookedAt += looked.rows;
      turns.spend(cost);
      budget.spend(cost);
      keep(looked.found);
      return looked;
    });
    reached = last;
    if (isEnd || missing() <= 0) return null;
  } while (lookedAt < mostLookedAt && !budget.isSpent);
  return reached;
}

/** Examines rows until enough fit, enough were examined, or the list ends. */
async function lookAt(batches: AsyncIterable<ScannedRow[]>, wanted: { rows: number; fitting: number }) {
  const fitting: ScannedRow[] = [];
  let looked = 0;
  for await (const rows of batches) {
    for (const row of rows) {
      looked += 1;
      if (row.fits) fitting.push(row);
      if (fitting.length >= wanted.fitting || looked >= wanted.rows) {
        return { rows: looked, fitting, last: row, isEnd: false };
      }
    }
  }
  return { rows: looked, fitting, last: null, isEnd: true };
}
