import type Sqlite from 'better-sqlite3';
import { sql } from 'kysely';
import type { Instant } from '../../domain/promotion/promotion.ts';
import { inSpan } from '../../telemetry/span.ts';
import { LOCAL_CLOCK, type LocalClock, steadily } from './clock.ts';
import type { ChangeLog, Db, Engine, Limiter, Window } from './engine.ts';
import { SqliteChangeLog } from './sqlite/sqlite-change-log.ts';
import { SqliteConnection } from './sqlite/sqlite-connection.ts';
import { sqliteDialect } from './sqlite/sqlite-dialect.ts';
import { BUSY_TIMEOUT_MS, bytesOfFile, openReadingConnection, openSqliteFile } from './sqlite/sqlite-file.ts';
import { kyselyOver } from './sqlite/sqlite-kysely.ts';
import { sqliteLimiter } from './sqlite/sqlite-limiter.ts';
import { SqliteTransactions } from './sqlite/sqlite-transactions.ts';
import { sqliteTroubleOf } from './sqlite/sqlite-trouble.ts';
import { TransactionScope } from './transaction-scope.ts';
import { noteTrouble } from './trouble.ts';

/** How long a transaction that nobody waits for waits for the write lock of another process. */
const BRIEF_WAIT_MS = 100;

/**
 * How large the write-ahead log gets before its pages move to the file: 16 MB. A page that many transactions change moves
 * once, so the disk writes less than with SQLite's default of 1000.
 */
const CHECKPOINT_PAGES = 4000;

/** How much a probe writes after a failed write, in bytes. */
const PROBE_BYTES = 1_000_000;

/**
 * Opens a store's file, and creates it if it is missing. Several processes may have the same file open.
 * @param warn gets a message if other users can read it
 * @param local replaces the clock of this machine, for tests
 * @throws when the file cannot be opened or written, or was written by a newer version of the gateway
 */
export async function openSqlite(
  file: string,
  warn: (message: string) => void = () => {},
  local = LOCAL_CLOCK,
): Promise<Engine> {
  const writing = await openSqliteFile(file, warn);
  // Transactions wait for a lock themselves.
  writing.pragma('busy_timeout = 0');
  // Only now, because migrations sort whole tables. What a statement may have to undo would otherwise go through a file.
  writing.pragma('temp_store = MEMORY');
  writing.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  const connections = { writing, reading: openReadingConnection(file), snapshots: openReadingConnection(file) };
  return new SqliteEngine(connections, local);
}

/** The connections of a store's file. */
interface Connections {
  writing: Sqlite.Database;
  /** Always sees the latest commit, because it never has a transaction open between two queries. */
  reading: Sqlite.Database;
  snapshots: Sqlite.Database;
}

/** One SQLite file. better-sqlite3 runs each query synchronously. */
class SqliteEngine implements Engine {
  readonly reads: Db;
  readonly dialect = sqliteDialect;
  /** They have one connection. */
  readonly snapshotsAtOnce = 1;
  readonly changeLog: ChangeLog;
  readonly clock: () => Instant;
  readonly #connections: Connections;
  readonly #writes: SqliteTransactions;
  readonly #snapshots: SqliteTransactions;
  readonly #scope = new TransactionScope();
  /** Transactions and snapshots that have not ended. */
  readonly #running = new Set<Promise<unknown>>();
  #closing: Promise<void> | null = null;

  /** Why writes fail because of the file or its disk; null once a larger write has succeeded. */
  #trouble: string | null = null;

  constructor(connections: Connections, local: LocalClock) {
    this.#connections = connections;
    // All processes that have the file open are on this machine.
    this.clock = steadily(local.now);
    this.reads = kyselyOver(new SqliteConnection(connections.reading));
    this.changeLog = new SqliteChangeLog(this.reads, connections.reading);
    this.#writes = new SqliteTransactions(new SqliteConnection(connections.writing), {
      begin: 'BEGIN IMMEDIATE',
      onError: (error) => {
        const trouble = sqliteTroubleOf(error);
        // The limiter runs queries past the connection that notes it.
        noteTrouble(error, trouble);
        this.#trouble = trouble ?? this.#trouble;
      },
    });
    this.#snapshots = new SqliteTransactions(new SqliteConnection(connections.snapshots), {
      begin: 'BEGIN DEFERRED',
      onError: () => {},
    });
  }

  transaction<Result>(work: (db: Db) => Promise<Result>): Promise<Result> {
    return this.#run('store transaction', () => this.#writes.run(BUSY_TIMEOUT_MS, work));
  }

  briefly<Result>(work: (db: Db) => Promise<Result>): Promise<Result> {
    return this.#run('store transaction', () => this.#writes.run(BRIEF_WAIT_MS, work));
  }

  snapshot<Result>(work: (db: Db) => Promise<Result>): Promise<Result> {
    return this.#run('store snapshot', () => this.#snapshots.run(BUSY_TIMEOUT_MS, work));
  }

  /** A query costs little more than its rows, and to wait for others would cost more. */
  gathered<Key, Value>(load: (keys: readonly Key[]) => Promise<Value[]>): (key: Key) => Promise<Value> {
    return async (key) => {
      for (const value of await load([key])) return value;
      throw new Error('The read returned no value for its key');
    };
  }

  limiter(keyPrefix: string, window: Window): Limiter {
    const { reading, writing } = this.#connections;
    return sqliteLimiter({ keyPrefix, window, reading, writing, inTransaction: (work) => this.transaction(work) });
  }

  async #run<Result>(name: string, transaction: () => Promise<Result>): Promise<Result> {
    if (this.#closing) throw new Error('The store is closed');
    const running = this.#scope.run(() => inSpan(name, {}, transaction));
    this.#running.add(running);
    return running.finally(() => this.#running.delete(running));
  }

  assertOutside(): void {
    this.#scope.assertOutside();
  }

  trouble(): string | null {
    return this.#trouble;
  }

  /** After a failed write it writes more, because small writes can still succeed on a full disk. */
  async probe(): Promise<void> {
    try {
      await this.briefly((db) => sql`UPDATE sequence SET value = value`.execute(db));
      if (this.#trouble === null) return;
      // A process that was killed in the middle of a probe has left its table.
      const drop = sql`DROP TABLE IF EXISTS room`;
      await this.briefly(async (db) => {
        await drop.execute(db);
        await sql`CREATE TABLE room AS SELECT zeroblob(${sql.lit(PROBE_BYTES)}) AS taken`.execute(db);
      });
      await this.briefly((db) => drop.execute(db));
      this.#trouble = null;
    } catch (error) {
      this.#trouble = sqliteTroubleOf(error) ?? 'it cannot be written';
    }
  }

  bytes(): Promise<number> {
    return bytesOfFile(this.#connections.writing.name);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#running);
    const { writing, reading, snapshots } = this.#connections;
    reading.close();
    snapshots.close();
    try {
      writing.pragma('wal_checkpoint(TRUNCATE)');
    } catch (error) {
      // Acknowledged writes are in the write-ahead log, which the next start reads.
      if (sqliteTroubleOf(error) === null) throw error;
    } finally {
      writing.close();
    }
  }
}
