import type { Kysely, RawBuilder, SelectQueryBuilder, SqlBool } from 'kysely';
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
   * @throws when it is called inside another transaction or snapshot, because the two could wait for each other for ever
   */
  transaction<Result>(work: (db: Db) => Promise<Result>): Promise<Result>;

  /** The same, but gives up soon if the store is locked: for work that nobody waits for. */
  briefly<Result>(work: (db: Db) => Promise<Result>): Promise<Result>;

  /**
   * Runs reads that all see the same state of the store, whatever is written at the same time.
   * @throws when it is called inside a transaction or another snapshot
   */
  snapshot<Result>(work: (db: Db) => Promise<Result>): Promise<Result>;

  /** Why writes fail, according to the last probe and the writes since; null: they succeed. Asks nobody. */
  trouble(): string | null;

  /** Writes a little to find out whether writes are possible. Never throws: {@link trouble} has the result. */
  probe(): Promise<void>;

  /** Lets the running and waiting transactions end, then closes. Closing twice is not an error. */
  close(): Promise<void>;
}

export type Condition = RawBuilder<SqlBool>;

/** Any number of texts: a list, or the placeholder of a list in a prepared query. */
export type Texts = readonly string[] | RawBuilder<readonly string[]>;

/** Any number of pairs of texts: a list, or the placeholder of a list in a prepared query. */
export type Pairs = readonly Pair[] | RawBuilder<readonly Pair[]>;
export type Pair = readonly [string, string];

/** What differs between the SQL of the engines. The text of a statement never depends on the length of a list. */
export interface Dialect {
  /** The condition that a value is one of any number of texts. */
  isAmong(value: RawBuilder<unknown>, texts: Texts): Condition;

  /** The condition that two values are one of any number of pairs. */
  areAmong(values: readonly [RawBuilder<unknown>, RawBuilder<unknown>], pairs: Pairs): Condition;

  /** The lesser of two values. If one is null, the other. */
  least<Value>(one: RawBuilder<Value>, other: RawBuilder<Value>): RawBuilder<Value>;

  /** The greater of two values. If one is null, the other. */
  greatest<Value>(one: RawBuilder<Value>, other: RawBuilder<Value>): RawBuilder<Value>;

  /** Locks the rows that a query finds until the end of the transaction. SQLite has no other writer to keep out. */
  locked<Schema, Table extends keyof Schema, Row>(
    query: SelectQueryBuilder<Schema, Table, Row>,
  ): SelectQueryBuilder<Schema, Table, Row>;

  /** Draws numbers from the store's sequence: each larger than all that were drawn before, in ascending order. */
  nextNumbers(db: Db, howMany: number): Promise<number[]>;

  /** The last number that was drawn from the store's sequence. */
  latestNumber(db: Db): Promise<number>;
}
