import { setTimeout } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import type { SqliteConnection } from './sqlite-connection.ts';

/** How long a transaction waits at least for the lock of another process, however long it has waited in the queue. */
const SHORTEST_WAIT_MS = 100;

/** The pauses between attempts to get that lock. SQLite's own busy handler makes the same. */
const PAUSES_MS = [1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50];
const LONGEST_PAUSE_MS = 100;

/**
 * One transaction on a connection. A query that fails spoils it, as on PostgreSQL. On SQLite the failed query may have
 * ended the transaction (a full disk does), and the next query would run without one.
 */
export class SqliteTransaction implements DatabaseConnection {
  readonly #connection: SqliteConnection;
  #isOpen = false;
  #failure: { error: unknown } | null = null;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  /** The error of the first query that has failed. After it, nothing can be committed. */
  get failure(): { error: unknown } | null {
    return this.#failure;
  }

  /**
   * Waits for the lock of another process without blocking the event loop, as SQLite's own wait would.
   * @param latest when the wait ends, by `performance.now()`
   * @throws the last error if the lock has not become free
   */
  async begin(statement: 'BEGIN IMMEDIATE' | 'BEGIN DEFERRED', latest: number): Promise<void> {
    const giveUpAt = Math.max(latest, performance.now() + SHORTEST_WAIT_MS);
    for (let attempt = 0; !this.#isOpen; attempt += 1) {
      try {
        this.#connection.control(statement);
        this.#isOpen = true;
      } catch (error) {
        if (!isBusy(error) || performance.now() >= giveUpAt) throw error;
        await setTimeout(PAUSES_MS[attempt] ?? LONGEST_PAUSE_MS);
      }
    }
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (!this.#isOpen) throw new Error('The transaction has ended');
    if (this.#failure) throw this.#failure.error;
    try {
      // Without a wait, so that a query that was sent together with this one knows of the failure.
      return this.#connection.run<Row>(query);
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    return this.#connection.streamQuery<Row>();
  }

  /** @throws the error of a query that has failed, even if `work` has caught it */
  commit(): void {
    if (this.#failure) throw this.#failure.error;
    this.#connection.control('COMMIT');
    this.#isOpen = false;
  }

  rollBack(): void {
    this.#isOpen = false;
    if (this.#connection.sqlite.inTransaction) this.#connection.control('ROLLBACK');
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY');
}
