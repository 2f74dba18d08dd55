import Sqlite from 'better-sqlite3';
import { type CompiledQuery, Kysely, type RawBuilder, SqliteDialect, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { inSpan, isTracing } from '../../telemetry/span.ts';
import { Turns } from '../lists/turns.ts';
import * as first from '../migrations/0001-promotions-and-ledger.ts';
import * as second from '../migrations/0002-recovery.ts';
import * as fourth from '../migrations/0004-webhooks.ts';
import * as fifth from '../migrations/0005-sync.ts';
import * as sixth from '../migrations/0006-lists.ts';
import * as seventh from '../migrations/0007-changes.ts';
import * as eighth from '../migrations/0008-attempts.ts';
import * as ninth from '../migrations/0009-count-evidence.ts';
import * as tenth from '../migrations/0010-normalized-codes.ts';
import * as eleventh from '../migrations/0011-ownership.ts';
import * as twelfth from '../migrations/0012-fencing.ts';
import * as thirteenth from '../migrations/0013-products-and-scripts.ts';
import * as fourteenth from '../migrations/0014-redemption-times.ts';
import * as fifteenth from '../migrations/0015-open-holds.ts';
import * as sixteenth from '../migrations/0016-column-names.ts';
import { renewNormalizedCodes } from '../promotions/normalized-codes.ts';
import type { Tables } from '../tables.ts';
import { ensurePrivateFile, restrict } from './private-file.ts';
import { StatementCache } from './statement-cache.ts';
import { troubleOf } from './trouble.ts';

/** In order. The name of a released migration never changes. */
const MIGRATIONS = {
  '0001-promotions-and-ledger': first,
  '0002-recovery': second,
  '0004-webhooks': fourth,
  '0005-sync': fifth,
  '0006-lists': sixth,
  '0007-changes': seventh,
  '0008-attempts': eighth,
  '0009-count-evidence': ninth,
  '0010-normalized-codes': tenth,
  '0011-ownership': eleventh,
  '0012-fencing': twelfth,
  '0013-products-and-scripts': thirteenth,
  '0014-redemption-times': fourteenth,
  '0015-open-holds': fifteenth,
  '0016-column-names': sixteenth,
};

/** How long a write waits for the write lock of another process. */
const BUSY_TIMEOUT_MS = 5000;

/** How much a probe writes after a failed write, in bytes. */
const PROBE_BYTES = 1_000_000;

/** A query of Kysely, or an SQL template. */
interface Query<Row> {
  compile(executor: Kysely<Tables>): CompiledQuery<Row>;
}

/** A prepared statement with named parameters. */
export type Prepared<Values extends object, Row = unknown> = Pick<
  Sqlite.Statement<[Values], Row>,
  'get' | 'all' | 'run'
>;

/** Runs a statement in a trace span. The text contains no parameter values. */
function spanOf<Result>(text: string, run: () => Result): Result {
  return inSpan(
    'store query',
    { kind: 'CLIENT', attributes: { 'db.system.name': 'sqlite', 'db.query.text': text } },
    run,
  );
}

/** A named parameter of a prepared query. Its value is bound when the query runs. */
export function parameter<Value>(name: string): RawBuilder<Value> {
  return sql<Value>`${sql.raw(`@${name}`)}`;
}

/**
 * One SQLite file. Kysely builds the queries, typed by {@link Tables}. better-sqlite3 runs them synchronously, so a
 * transaction is a plain function, and no other code of the process runs in between.
 */
export class Database {
  readonly sqlite: Sqlite.Database;
  readonly build: Kysely<Tables>;
  readonly turns = new Turns();
  readonly #statements: StatementCache;

  /** Why writes fail because of the file or its disk; null once a larger write has succeeded. */
  #trouble: string | null = null;

  private constructor(sqlite: Sqlite.Database) {
    this.sqlite = sqlite;
    this.#statements = new StatementCache(sqlite);
    this.build = new Kysely<Tables>({ dialect: new SqliteDialect({ database: sqlite }) });
  }

  /**
   * Opens the file and runs the migrations. Creates the file and its folder if they are missing. Only the user of this
   * process can read the file.
   * @param warn gets a message if other users can still read it
   * @throws when the file cannot be opened or written, or was written by a newer version of the gateway
   */
  static async open(file: string, warn: (message: string) => void = () => {}): Promise<Database> {
    try {
      ensurePrivateFile(file);
      const sqlite = new Sqlite(file, { timeout: BUSY_TIMEOUT_MS });
      // FULL: in WAL mode NORMAL does not sync a commit, and an acknowledged redemption could be lost with the power.
      for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON']) sqlite.pragma(pragma);
      // Only now: the pragmas have failed if the file is not a SQLite file.
      const exposure = restrict(file);
      if (exposure !== null) warn(exposure);
      const database = new Database(sqlite);
      await database.migrate();
      renewNormalizedCodes(sqlite);
      return database;
    } catch (error) {
      const trouble = troubleOf(error);
      throw trouble === null ? error : new Error(`the store ${file} cannot be used: ${trouble}`, { cause: error });
    }
  }

  /** Why writes fail, according to the last probe and the writes since; null: they succeed. Does not touch the file. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /**
   * Writes a little to find out whether writes are possible. After a failed write it writes more, because small writes
   * can still succeed on a full disk. Does not wait long for a locked file.
   */
  probe(): void {
    try {
      this.briefly(() => {
        this.transaction(() => this.sqlite.exec('UPDATE sequence SET value = value'));
        if (this.#trouble === null) return;
        this.sqlite.exec(`CREATE TABLE room AS SELECT zeroblob(${PROBE_BYTES}) AS taken`);
        this.sqlite.exec('DROP TABLE room');
        this.#trouble = null;
      });
    } catch (error) {
      this.#trouble = troubleOf(error) ?? 'it cannot be written';
    }
  }

  /** Runs a write that does not wait long for a locked file. The wait would block the whole process. */
  briefly<Result>(work: () => Result): Result {
    this.sqlite.pragma('busy_timeout = 100');
    try {
      return work();
    } finally {
      this.sqlite.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    }
  }

  rows<Row>(query: Query<Row>): Row[] {
    const { sql, parameters } = query.compile(this.build);
    return spanOf(sql, () => this.#statements.get(sql).all(...parameters));
  }

  row<Row>(query: Query<Row>): Row | undefined {
    const { sql, parameters } = query.compile(this.build);
    return spanOf(sql, () => this.#statements.get(sql).get(...parameters));
  }

  /** A query for {@link allOf}. */
  compile<Row>(query: Query<Row>): CompiledQuery<Row> {
    return query.compile(this.build);
  }

  /** The rows of a compiled query. @param values the values of its {@link parameter}s, by name */
  allOf<Row>({ sql, parameters }: CompiledQuery<Row>, values: Record<string, string | number>): Row[] {
    return this.#statements.get(sql).all(...parameters, values);
  }

  /** Runs reads that all see the same state of the store, even if other processes write at the same time. */
  snapshot<Result>(work: () => Result): Result {
    return this.sqlite.transaction(work).deferred();
  }

  /** Runs a write. @returns how many rows it changed */
  run(query: Query<unknown>): number {
    const { sql, parameters } = query.compile(this.build);
    return this.#recordTrouble(() => spanOf(sql, () => this.#statements.get(sql).run(...parameters).changes));
  }

  /** Prepares a query that runs often. Its variable values are {@link parameter}s. */
  prepare<Row, Values extends object>(query: Query<Row>): Prepared<Values, Row> {
    const { sql } = query.compile(this.build);
    const statement = this.sqlite.prepare<[Values], Row>(sql);
    if (!isTracing()) return statement;
    return {
      get: (values) => spanOf(sql, () => statement.get(values)),
      all: (values) => spanOf(sql, () => statement.all(values)),
      run: (values) => spanOf(sql, () => statement.run(values)),
    };
  }

  /** Runs `work` as one transaction that holds the write lock from its start. A throw rolls it back. */
  transaction<Result>(work: () => Result): Result {
    return this.#recordTrouble(() => inSpan('store transaction', {}, () => this.sqlite.transaction(work).immediate()));
  }

  #recordTrouble<Result>(write: () => Result): Result {
    try {
      return write();
    } catch (error) {
      this.#trouble = troubleOf(error) ?? this.#trouble;
      throw error;
    }
  }

  /** Closing twice is not an error. */
  close(): void {
    if (!this.sqlite.open) return;
    try {
      this.sqlite.pragma('wal_checkpoint(TRUNCATE)');
    } catch (error) {
      // Acknowledged writes are in the write-ahead log, which the next start reads.
      if (troubleOf(error) === null) throw error;
    } finally {
      this.sqlite.close();
    }
  }

  /** @throws when a newer version of the gateway has migrated the file, because this one would misread it */
  private refuseNewer(): void {
    if (!this.sqlite.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'kysely_migration'").get()) return;
    const done = this.sqlite.prepare<[], { name: string }>('SELECT name FROM kysely_migration').all();
    const newer = done.find(({ name }) => !Object.hasOwn(MIGRATIONS, name));
    if (newer) throw new Error(`the store was written by a newer version of the gateway (${newer.name})`);
  }

  /** Holds the write lock, because Kysely takes none on SQLite: two starting processes would run a migration twice. */
  private async migrate(): Promise<void> {
    this.sqlite.exec('BEGIN IMMEDIATE');
    try {
      this.refuseNewer();
      const migrator = new Migrator({ db: this.build, provider: { getMigrations: async () => MIGRATIONS } });
      const { error } = await migrator.migrateToLatest();
      if (error) throw error;
      // A read-only file allows the transaction to begin, but fails here.
      this.sqlite.exec('UPDATE sequence SET value = value');
      this.sqlite.exec('COMMIT');
    } catch (error) {
      // After an error such as a full disk, SQLite has already rolled back the transaction.
      if (this.sqlite.inTransaction) this.sqlite.exec('ROLLBACK');
      this.sqlite.close();
      throw error;
    }
  }
}
