import type { Database } from '../sqlite/database.ts';
import type { ListPage, PageSlice, Position } from './cursor.ts';
import { countLegs, mergedLegs } from './merged-legs.ts';
import type { Scan, ScannedRow } from './scan.ts';
import { ROW_READ, ROWS_IN_A_TURN } from './turns.ts';

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

/**
 * Reads a page: the first rows that fit, each once. Stops early after too many examined rows; `reached` is then set.
 */
export async function takePage<Row>(
  database: Database,
  look: Look,
  { sort, slice }: { sort: string; slice: PageSlice },
  read: (number: number) => Row | undefined,
): Promise<ListPage<Row>> {
  const entries = new Map<number, { row: Row; position: Position }>();
  // A row is read in the turn in which it is found, so that its data match its position. A row that moves forward in
  // the list between two turns is found twice.
  const take = ({ value, tie }: ScannedRow) => {
    if (entries.has(tie)) return;
    const row = read(tie);
    database.turns.spend(ROW_READ);
    if (row !== undefined) entries.set(tie, { row, position: { sort, value, tie } });
  };
  const reached = await lookThrough(database, look, slice, { missing: () => slice.limit - entries.size, take });
  return { entries: [...entries.values()], reached: reached && { sort, value: reached.value, tie: reached.tie } };
}

/** Counts the rows of a list until its end, or until too many were examined. */
export async function countRows(database: Database, look: Look): Promise<RowCount> {
  const { scan, mostLookedAt, budget } = look;
  if (scan.fits.length === 0) {
    // Counting this many rows in an index takes as long as examining the rows of one turn.
    const total = await database.turns.run(budget.caller, () => {
      database.turns.spend(ROWS_IN_A_TURN + scan.legs.length * LEG_COST);
      return database.snapshot(() => countLegs(database, scan, mostLookedAt + 1));
    });
    return { rows: Math.min(total, mostLookedAt), isExact: total <= mostLookedAt };
  }
  let rows = 0;
  const count = () => {
    rows += 1;
  };
  const everything = { limit: mostLookedAt, backwards: false };
  const reached = await lookThrough(database, look, everything, { missing: () => mostLookedAt, take: count });
  return { rows, isExact: reached === null };
}

interface Seeker {
  /** How many rows are still wanted. */
  missing: () => number;
  /** Gets each row that fits. */
  take: (row: ScannedRow) => void;
}

/**
 * Reads a list, some rows in each turn of the event loop.
 * @returns the last row if too many were examined; null: no row is missing, or the list has ended
 */
async function lookThrough(
  database: Database,
  { scan, mostLookedAt, budget }: Look,
  slice: PageSlice,
  { missing, take }: Seeker,
): Promise<ScannedRow | null> {
  const { turns } = database;
  let reached: ScannedRow | null = null;
  let lookedAt = 0;
  do {
    const { last, isEnd } = await turns.run(budget.caller, () => {
      turns.spend(scan.legs.length * LEG_COST);
      budget.spend(scan.legs.length * LEG_COST);
      const rows = Math.min(ROWS_IN_A_TURN, mostLookedAt - lookedAt);
      // A snapshot, so that the data of each row match its position while other processes write.
      return database.snapshot(() => {
        const looked = lookAt(mergedLegs(database, scan, slice, reached), { rows, fitting: missing() });
        lookedAt += looked.rows;
        turns.spend(looked.rows);
        budget.spend(looked.rows);
        looked.fitting.forEach(take);
        return looked;
      });
    });
    reached = last;
    if (isEnd || missing() <= 0) return null;
  } while (lookedAt < mostLookedAt && !budget.isSpent);
  return reached;
}

/** Examines rows until enough fit, enough were examined, or the list ends. */
function lookAt(rows: Iterable<ScannedRow>, wanted: { rows: number; fitting: number }) {
  const fitting: ScannedRow[] = [];
  let looked = 0;
  for (const row of rows) {
    looked += 1;
    if (row.fits) fitting.push(row);
    if (fitting.length >= wanted.fitting || looked >= wanted.rows) {
      return { rows: looked, fitting, last: row, isEnd: false };
    }
  }
  return { rows: looked, fitting, last: null, isEnd: true };
}
