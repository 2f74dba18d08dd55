import type { Db } from '../engine.ts';
import { Queue } from '../queue.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { kyselyOver } from './sqlite-kysely.ts';
import { SqliteTransaction } from './sqlite-transaction.ts';

/** How the transactions of a connection begin and fail. */
export interface TransactionOptions {
  begin: 'BEGIN IMMEDIATE' | 'BEGIN DEFERRED';
  /** Gets the error that made a transaction roll back: of a query, even if `work` has caught it, or of `work`. */
  onError(error: unknown): void;
}

/** Runs transactions on one connection, one after the other, in the order of the calls. */
export class SqliteTransactions {
  readonly #connection: SqliteConnection;
  readonly #options: TransactionOptions;
  readonly #queue = new Queue();

  constructor(connection: SqliteConnection, options: TransactionOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** @param waitMs how long it waits for the lock of another process, time in the queue included */
  async run<Result>(waitMs: number, work: (db: Db) => Promise<Result>): Promise<Result> {
    const latest = performance.now() + waitMs;
    const leave = await this.#queue.enter();
    const transaction = new SqliteTransaction(this.#connection);
    try {
      await transaction.begin(this.#options.begin, latest);
      const result = await work(kyselyOver(transaction));
      transaction.commit();
      return result;
    } catch (error) {
      this.#options.onError(transaction.failure?.error ?? error);
      transaction.rollBack();
      throw error;
    } finally {
      // Queries and commits are synchronous: without this, a row of transactions would hold up everything else.
      setImmediate(leave);
    }
  }
}
