import type { Database } from '../sqlite/database.ts';
import type { ListPage, PageSlice, Position } from './cursor.ts';
import { countLegs, mergedLegs } from './merged-legs.ts';
import type { Scan, ScannedRow } from './scan.ts';
import { ROW_READ, ROWS_IN_A_TURN } from './turns.ts';

/** What it takes to begin with a leg of a list, in rows looked at. */
const LEG = 10;

/** How many rows one operation looks at in all its lists and counts. Each looks at those of one turn in any case. */
const ROWS_OF_AN_OPERATION = 100_000;

/** How many rows an operation of a caller may still look at. */
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

/** A list that is looked through, and how far. */
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

/** Takes the first rows that fit, each once, and says where it gave up when it has looked at too many. */
export async function takePage<Row>(
  database: Database,
  look: Look,
  { sort, slice }: { sort: string; slice: PageSlice },
  read: (number: number) => Row | undefined,
): Promise<ListPage<Row>> {
  const entries = new Map<number, { row: Row; position: Position }>();
  // A row is read in the turn in which it is found, so that it is shown as it was when it had its place. One that moves on
  // in the list between two turns is found again.
  const take = ({ value, tie }: ScannedRow) => {
    if (entries.has(tie)) return;
    const row = read(tie);
    database.turns.spend(ROW_READ);
    if (row !== undefined) entries.set(tie, { row, position: { sort, value, tie } });
  };
  const reached = await lookThrough(database, look, slice, { missing: () => slice.limit - entries.size, take });
  return { entries: [...entries.values()], reached: reached && { sort, value: reached.value, tie: reached.tie } };
}

/** Counts the rows of a list until the end, or until it has looked at too many. */
export async function countRows(database: Database, look: Look): Promise<RowCount> {
  const { scan, mostLookedAt, budget } = look;
  if (scan.fits.length === 0) {
    // Counting this many in an index takes as long as looking at the rows of one turn.
    const total = await database.turns.run(budget.caller, () => {
      database.turns.spend(ROWS_IN_A_TURN + scan.legs.length * LEG);
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
  /** Is given each row that fits. */
  take: (row: ScannedRow) => void;
}

/**
 * Goes through a list, some rows in each turn of the event loop.
 * @returns where it gave up because it had looked at too many; null: nothing is missing, or the list is at its end
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
      turns.spend(scan.legs.length * LEG);
      budget.spend(scan.legs.length * LEG);
      const rows = Math.min(ROWS_IN_A_TURN, mostLookedAt - lookedAt);
      // Each row is read as it was when it had its place, whatever other processes write meanwhile.
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

/** Looks at rows until enough fit, enough were looked at, or the list ends. */
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
