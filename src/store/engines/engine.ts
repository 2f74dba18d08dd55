import type { Kysely, RawBuilder, Selectable, SelectQueryBuilder, SqlBool } from 'kysely';
import type { Instant } from '../../domain/promotion/promotion.ts';
import type { ChangeTable } from '../sync/sync-tables.ts';
import type { Tables } from '../tables.ts';

/** Where queries run: what is committed, one transaction, or one snapshot. */
export type Db = Kysely<Tables>;

/**
 * A database. Nothing else in the store knows which one it is. Parameters are numbers, texts, null, and lists for the
 * dialect's conditions; not booleans. Integers come back as numbers.
 */
export interface Engine {
  /** Reads what is committed, and never a transaction that has not ended. It does not see the writes of one either. */
  readonly reads: Db;

  /** What differs between the SQL of the engines. */
  readonly dialect: Dialect;

  /**
   * Runs `work` as one write transaction. A throw rolls it back, and so does a query that fails, even if `work` catches
   * its error. Only the `db` that `work` gets belongs to the transaction.
   * PostgreSQL runs `work` again after a conflict with another transaction, so it must have no other effects.
   * SQLite runs one write transaction at a time, in the order of the calls, whatever `work` awaits: await nothing in it
   * but queries.
   * @throws when it is called inside another transaction or snapshot, because the two could wait for each other forever
   */
  transaction<Result>(work: (db: Db) => Promise<Result>): Promise<Result>;

  /** The same, but gives up soon if the store is locked: for work that nobody waits for. */
  briefly<Result>(work: (db: Db) => Promise<Result>): Promise<Result>;

  /**
   * Runs reads that all see the same state of the store, whatever is written at the same time.
   * @throws when it is called inside a transaction or another snapshot
   */
  snapshot<Result>(work: (db: Db) => Promise<Result>): Promise<Result>;

  /** For work that waits for a transaction of its own. @throws inside a transaction or snapshot, as {@link snapshot} */
  assertOutside(): void;

  /**
   * Makes a read of one value from a read of several. Where each query has a price of its own, it combines what concurrent
   * callers ask for.
   * @param load returns a value for each key, in the order of the keys
   */
  gathered<Key, Value>(load: (keys: readonly Key[]) => Promise<Value[]>): (key: Key) => Promise<Value>;

  /** How many snapshots callers should run at the same time. More would wait, or keep other transactions waiting. */
  readonly snapshotsAtOnce: number;

  /**
   * The store's time, which leases, holds and expiry go by: on a server the server's, as last measured. Asks nobody. Goes
   * back only if a clock that was far ahead has been put right.
   */
  clock(): Instant;

  /** The changes of all processes. */
  readonly changeLog: ChangeLog;

  /** Counts in the table `attempt_limits`. All processes share it. Its methods run outside of transactions. */
  limiter(keyPrefix: string, window: Window): Limiter;

  /** Why writes fail, according to the last probe and the writes since; null: they succeed. Asks nobody. */
  trouble(): string | null;

  /** Writes a little to find out whether writes are possible. Never throws: {@link trouble} has the result. */
  probe(): Promise<void>;

  /** How much room the store takes, in bytes. On a server this reads the size of each of its files. */
  bytes(): Promise<number>;

  /** Lets the running and waiting transactions end, then closes. Closing twice is not an error. */
  close(): Promise<void>;
}

/** The table of changes, which triggers fill in the transaction of each change. */
export interface ChangeLog {
  /** How long a reader waits before it reads again, if nothing wakes it. */
  readonly pauseMs: number;

  /** Opens a reader of the changes after this call. It may also get some that were made just before. */
  open(): Promise<ChangeCursor>;

  /**
   * Wakes a reader when there may be changes, if the database can. After a lost connection, too.
   * @param onNews must not throw
   */
  listen(onNews: () => void): ChangeListener;

  /** Deletes all changes but the latest. @param kept how many stay */
  deleteOld(db: Db, kept: number): Promise<void>;
}

/** A place in the log of changes. One read at a time. */
export interface ChangeCursor {
  /** Reads on. If it fails, the next call reads the same changes. @param limit how many at most */
  next(limit: number): Promise<ChangesRead>;

  /**
   * Whether there may be changes that the cursor has not read. Asks nobody. Right at once about the commits of this
   * process, and of all processes on SQLite. On PostgreSQL, right about those of others after 100 ms.
   */
  hasNews(): boolean;
}

/** The next changes of a reader. */
export interface ChangesRead {
  changes: Pick<Selectable<ChangeTable>, 'promotion_id' | 'coupon_id' | 'ledger_id' | 'is_hidden'>[];
  /** Changes before these were deleted before the reader came to them. */
  hasLost: boolean;
  /** There may be more changes. Read on: nothing will wake the reader for them. */
  hasMore: boolean;
}

export interface ChangeListener {
  /** Never rejects. */
  close(): Promise<void>;
}

/** A store that is open for reading alone, whatever version has written it. */
export interface StoreReader {
  readonly dialect: Dialect;

  /** Runs reads that all see the same state of the store. They may take any time. One at a time. */
  snapshot<Result>(work: (db: Db) => Promise<Result>): Promise<Result>;

  close(): Promise<void>;
}

/** How many points a key may have in a fixed window. */
export interface Window {
  points: number;
  seconds: number;
}

/** Counts points by key. A window begins with the first point of a key, and ends by the store's clock. */
export interface Limiter {
  /** What is counted in the key's window; null: none has begun. */
  get(key: string): Promise<Counted | null>;
  /** Adds points, one unless stated otherwise. */
  penalty(key: string, points?: number): Promise<unknown>;
  /** Ends the key's window. */
  delete(key: string): Promise<unknown>;
}

export interface Counted {
  consumedPoints: number;
  /** When the window ends, in milliseconds from now. */
  msBeforeNext: number;
}

export type Condition = RawBuilder<SqlBool>;

/** Any number of texts: a list, or the placeholder of a list in a prepared query. */
export type Texts = readonly string[] | RawBuilder<readonly string[]>;

/** Any number of pairs of texts: a list, or the placeholder of a list in a prepared query. */
export type Pairs = readonly Pair[] | RawBuilder<readonly Pair[]>;
export type Pair = readonly [string, string];

/** Rows that are looked up by pairs of texts. */
export interface PairedRows<Row> {
  table: keyof Tables;
  /** The columns of a pair. An index begins with them. */
  columns: readonly [keyof Row & string, keyof Row & string];
  /** What else has to be true of a row, for a partial index. */
  where?: Condition;
}

/** What differs between the SQL of the engines. The text of a statement never depends on the length of a list. */
export interface Dialect {
  /** The condition that a value is one of any number of texts. */
  isAmong(value: RawBuilder<unknown>, texts: Texts): Condition;

  /**
   * The condition that a value is one of the results of a query. The query runs once, with the statement's first look at
   * the store. So it suits a statement that locks rows.
   */
  isResultOf(value: RawBuilder<unknown>, query: RawBuilder<unknown>): Condition;

  /** The condition that two values are one of any number of pairs. */
  areAmong(values: readonly [RawBuilder<unknown>, RawBuilder<unknown>], pairs: Pairs): Condition;

  /**
   * The rows of a table in which two columns are one of any number of pairs, as a table to select from. Each pair has to be
   * given once. Looks the pairs up one after the other, whatever the planner knows of the table: without statistics it
   * could read all rows instead.
   */
  rowsOf<Row>(pairs: RawBuilder<readonly Pair[]>, rows: PairedRows<Row>): RawBuilder<Row>;

  /** The lesser of two values. If one is null, the other. */
  least<Value>(one: RawBuilder<Value>, other: RawBuilder<Value>): RawBuilder<Value>;

  /** The greater of two values. If one is null, the other. */
  greatest<Value>(one: RawBuilder<Value>, other: RawBuilder<Value>): RawBuilder<Value>;

  /** Locks the rows that a query finds until the end of the transaction. SQLite has no other writer to keep out. */
  locked<Schema, Table extends keyof Schema, Row>(
    query: SelectQueryBuilder<Schema, Table, Row>,
  ): SelectQueryBuilder<Schema, Table, Row>;

  /**
   * A list of records as a table with these columns, for writes and joins of any number of rows.
   * @param json the records as a JSON list of objects
   */
  records<Row>(
    columns: { readonly [Name in keyof Row & string]: 'text' | 'integer' },
    json: RawBuilder<string>,
  ): RawBuilder<Row>;

  /**
   * The condition that joins a row with the record of its key, for few rows. A planner without statistics would read the
   * whole table for the join alone.
   * @param keys the query for the keys of all records
   */
  isRowOf(key: RawBuilder<unknown>, keyOfRecord: RawBuilder<unknown>, keys: RawBuilder<unknown>): Condition;

  /**
   * Keeps other transactions that ask for one of these texts waiting until this transaction ends. For what has no row to
   * lock. SQLite has no other writer to keep out.
   */
  lock(db: Db, texts: readonly string[]): Promise<void>;

  /** Locks the rows that a query finds, and leaves out those that another transaction has locked. */
  lockedUnlessBusy<Schema, Table extends keyof Schema, Row>(
    query: SelectQueryBuilder<Schema, Table, Row>,
  ): SelectQueryBuilder<Schema, Table, Row>;

  /** Whether a query can run once for each row of another (`CROSS JOIN LATERAL`), in one round trip. */
  readonly hasLateral: boolean;

  /** Draws numbers from the store's sequence: each larger than all that were drawn before, in ascending order. */
  nextNumbers(db: Db, howMany: number): Promise<number[]>;

  /**
   * Drops the indexes of a table, except those of its keys: for a transaction that fills it.
   * @returns the statements that bring them back
   */
  dropIndexes(db: Db, table: keyof Tables): Promise<string[]>;

  /** The last number that was drawn from the store's sequence. */
  latestNumber(db: Db): Promise<number>;

  /**
   * After rows have been copied with their numbers: lets the sequence continue after a number, and the rows of each table
   * after its last one.
   */
  continueAfter(db: Db, number: number): Promise<void>;
}
