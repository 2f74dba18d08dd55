import type Sqlite from 'better-sqlite3';
import { LRUCache } from 'lru-cache';

type Statement = Sqlite.Statement<unknown[], never>;

/**
 * The maximum length of all cached texts, in UTF-16 units. A statement needs about twelve times the memory of its text.
 */
const MOST_TEXT = 1_000_000;

/**
 * Prepared statements by their text, because preparing one costs more than running it. Evicts the least recently used.
 */
export class StatementCache {
  readonly #sqlite: Sqlite.Database;
  readonly #statements: LRUCache<string, Statement>;

  constructor(sqlite: Sqlite.Database, mostText = MOST_TEXT) {
    this.#sqlite = sqlite;
    this.#statements = new LRUCache({ maxSize: mostText, sizeCalculation: (_, text) => text.length });
  }

  /** Returns a cached or new statement. The type of its rows is known only to the caller. */
  get(text: string): Statement {
    const known = this.#statements.get(text);
    if (known) return known;
    const statement = this.#sqlite.prepare<unknown[], never>(text);
    this.#statements.set(text, statement);
    return statement;
  }
}
