import type Sqlite from 'better-sqlite3';
import { type CompiledQuery, Kysely, type RawBuilder, SqliteDialect, sql } from 'kysely';
import { inSpan, isTracing } from '../../telemetry/span.ts';
import { BUSY_TIMEOUT_MS, openSqliteFile } from '../engines/sqlite/sqlite-file.ts';
import { Turns } from '../lists/turns.ts';
import type { Tables } from '../tables.ts';
import { StatementCache } from './statement-cache.ts';
import { troubleOf } from './trouble.ts';

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
    return new Database(await openSqliteFile(file, warn));
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
}
