import type { Statement } from 'better-sqlite3';
import type { Database } from './sqlite/database.ts';

/** The order of calls, answers and uses across all processes. */
export class Sequence {
  readonly #advance: Statement<[], { value: number }>;
  readonly #latest: Statement<[], { value: number }>;

  constructor(database: Database) {
    this.#advance = database.sqlite.prepare('UPDATE sequence SET value = value + 1 RETURNING value');
    this.#latest = database.sqlite.prepare('SELECT value FROM sequence');
  }

  /** A number of its own, above all that were given before. */
  next(): number {
    return numberIn(this.#advance.get());
  }

  /** The latest number that was given: at or after everything so far, and before everything that draws one later. */
  latest(): number {
    return numberIn(this.#latest.get());
  }
}

function numberIn(row: { value: number } | undefined): number {
  if (!row) throw new Error('The sequence table is empty');
  return row.value;
}
