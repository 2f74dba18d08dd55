import type { DatabaseConnection, Driver } from 'kysely';
import type { Queue } from './queue.ts';
import type { SqliteConnection } from './sqlite-connection.ts';
import { SqliteTransaction } from './sqlite-transaction.ts';

/** Single queries on one connection. */
export class SingleQueries implements Driver {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async beginTransaction(): Promise<void> {
    throw new Error('Only the engine begins transactions');
  }

  async init(): Promise<void> {}
  async commitTransaction(): Promise<void> {}
  async rollbackTransaction(): Promise<void> {}
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
}

/** Options of {@link QueuedTransactions}. */
export interface TransactionOptions {
  queue: Queue;
  /** The statement that begins a transaction. */
  begin: 'BEGIN IMMEDIATE' | 'BEGIN DEFERRED';
  /** How long a transaction waits for the lock of another process, from the moment it is asked for. */
  waitMs: number;
  /** Gets the error of each query that fails, `BEGIN` and `COMMIT` included. */
  onError(error: unknown): void;
}

/** Transactions on one connection, one after the other. */
export class QueuedTransactions implements Driver {
  readonly #connection: SqliteConnection;
  readonly #options: TransactionOptions;

  constructor(connection: SqliteConnection, options: TransactionOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  async acquireConnection(): Promise<SqliteTransaction> {
    const { queue, waitMs, onError } = this.#options;
    const giveUpAt = performance.now() + waitMs;
    const leave = await queue.enter();
    return new SqliteTransaction(this.#connection, { giveUpAt, leave, onError });
  }

  async beginTransaction(transaction: SqliteTransaction): Promise<void> {
    await transaction.begin(this.#options.begin);
  }

  async commitTransaction(transaction: SqliteTransaction): Promise<void> {
    await transaction.commit();
  }

  async rollbackTransaction(transaction: SqliteTransaction): Promise<void> {
    await transaction.rollBack();
  }

  async releaseConnection(transaction: SqliteTransaction): Promise<void> {
    transaction.release();
  }

  async init(): Promise<void> {}
  async destroy(): Promise<void> {}
}
