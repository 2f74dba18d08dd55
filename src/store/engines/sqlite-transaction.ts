import { setTimeout } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import type { SqliteConnection } from './sqlite-connection.ts';

/** How long a transaction waits at least for the lock of another process, however long it has waited in the queue. */
const SHORTEST_WAIT_MS = 100;

/** The pauses between attempts to get that lock. SQLite's own busy handler makes the same. */
const PAUSES_MS = [1, 2, 5, 10, 15, 20, 25, 25, 25, 50, 50];
const LONGEST_PAUSE_MS = 100;

/** One turn of a connection that is used for transactions. */
export class SqliteTransaction implements DatabaseConnection {
  readonly #connection: SqliteConnection;
  readonly #giveUpAt: number;
  readonly #leave: () => void;
  readonly #onError: (error: unknown) => void;
  #isOpen = false;
  /** The first error of a query. After it, nothing can be committed. */
  #failure: { error: unknown } | null = null;

  /**
   * @param giveUpAt when waiting for the lock of another process ends, by `performance.now()`
   * @param leave ends the turn
   */
  constructor(
    connection: SqliteConnection,
    { giveUpAt, leave, onError }: { giveUpAt: number; leave: () => void; onError: (error: unknown) => void },
  ) {
    this.#connection = connection;
    this.#giveUpAt = giveUpAt;
    this.#leave = leave;
    this.#onError = onError;
  }

  /**
   * Waits for the lock of another process without blocking the event loop, as SQLite's own wait would.
   * @throws the last error if the lock is not free in time
   */
  async begin(statement: string): Promise<void> {
    const giveUpAt = Math.max(this.#giveUpAt, performance.now() + SHORTEST_WAIT_MS);
    for (let attempt = 0; ; attempt += 1) {
      try {
        this.#connection.control(statement);
        this.#isOpen = true;
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() >= giveUpAt) {
          this.#onError(error);
          throw error;
        }
      }
      await setTimeout(PAUSES_MS[attempt] ?? LONGEST_PAUSE_MS);
    }
  }

  /**
   * A query that fails spoils the transaction, as on PostgreSQL. On SQLite it may have ended the transaction already
   * (a full disk does), and the next query would run without one.
   */
  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    if (!this.#isOpen) throw new Error('The transaction has ended');
    if (this.#failure) throw this.#failure.error;
    try {
      return await this.#connection.executeQuery<Row>(query);
    } catch (error) {
      this.#failure = { error };
      this.#onError(error);
      throw error;
    }
  }

  streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    return this.#connection.streamQuery<Row>();
  }

  /** @throws the error of a query that has failed, although `work` has not thrown it */
  async commit(): Promise<void> {
    if (this.#failure) throw this.#failure.error;
    try {
      this.#connection.control('COMMIT');
      this.#isOpen = false;
    } catch (error) {
      this.#onError(error);
      throw error;
    }
  }

  async rollBack(): Promise<void> {
    this.#isOpen = false;
    if (this.#connection.sqlite.inTransaction) this.#connection.control('ROLLBACK');
  }

  release(): void {
    this.#isOpen = false;
    this.#leave();
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY');
}
