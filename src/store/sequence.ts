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

  /** Draws a new number, larger than all earlier ones. */
  next(): number {
    return numberIn(this.#advance.get());
  }

  /** The last number that was drawn. */
  latest(): number {
    return numberIn(this.#latest.get());
  }
}

function numberIn(row: { value: number } | undefined): number {
  if (!row) throw new Error('The sequence table is empty');
  return row.value;
}
