import type Sqlite from 'better-sqlite3';
import { LRUCache } from 'lru-cache';

type Statement = Sqlite.Statement<unknown[], never>;

/** In UTF-16 units, of all statements that are kept. A statement takes about twelve times as much memory as its text. */
const MOST_TEXT = 1_000_000;

/** Statements by their text. Preparing one costs more than running it. The least recently used are forgotten first. */
export class StatementCache {
  readonly #sqlite: Sqlite.Database;
  readonly #statements: LRUCache<string, Statement>;

  constructor(sqlite: Sqlite.Database, mostText = MOST_TEXT) {
    this.#sqlite = sqlite;
    this.#statements = new LRUCache({ maxSize: mostText, sizeCalculation: (_, text) => text.length });
  }

  /** SQLite does not know the type of a statement's rows: the query that was built does. */
  get(text: string): Statement {
    const known = this.#statements.get(text);
    if (known) return known;
    const statement = this.#sqlite.prepare<unknown[], never>(text);
    this.#statements.set(text, statement);
    return statement;
  }
}
