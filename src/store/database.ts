import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { type CompiledQuery, Kysely, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import * as first from './migrations/0001-promotions-and-ledger.ts';
import type { Tables } from './tables.ts';

/** In order; a name, once released, is never changed. */
const MIGRATIONS = { '0001-promotions-and-ledger': first };

/**
 * One SQLite file. Kysely builds the queries, typed by {@link Tables}; better-sqlite3 runs them at once, so that a
 * transaction is a plain function that nothing can interleave with.
 */
export class Database {
  readonly sqlite: Sqlite.Database;
  readonly build: Kysely<Tables>;

  private constructor(sqlite: Sqlite.Database) {
    this.sqlite = sqlite;
    this.build = new Kysely<Tables>({ dialect: new SqliteDialect({ database: sqlite }) });
  }

  /**
   * Opens the file, making it and its folder if need be, and brings its tables up to date.
   * @throws when the file cannot be opened or written, or was written by a newer version of the gateway
   */
  static async open(file: string): Promise<Database> {
    mkdirSync(dirname(file), { recursive: true });
    const sqlite = new Sqlite(file);
    // FULL: in WAL mode NORMAL does not sync a commit, and an acknowledged redemption could be lost with the power.
    for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON']) sqlite.pragma(pragma);
    const database = new Database(sqlite);
    await database.migrate();
    return database;
  }

  rows<Row>(query: { compile(): CompiledQuery<Row> }): Row[] {
    const { sql, parameters } = query.compile();
    return this.sqlite.prepare<unknown[], Row>(sql).all(...parameters);
  }

  row<Row>(query: { compile(): CompiledQuery<Row> }): Row | undefined {
    const { sql, parameters } = query.compile();
    return this.sqlite.prepare<unknown[], Row>(sql).get(...parameters);
  }

  /**
   * A query that is run often, prepared once: preparing costs more than running it. The parameters of `query` are those
   * of any call; the statement takes the real ones in the same order.
   */
  prepare<Row>(query: { compile(): CompiledQuery<Row> }): Sqlite.Statement<unknown[], Row> {
    return this.sqlite.prepare<unknown[], Row>(query.compile().sql);
  }

  /** Runs a write and tells how many rows it changed. */
  run(query: { compile(): CompiledQuery<unknown> }): number {
    const { sql, parameters } = query.compile();
    return this.sqlite.prepare(sql).run(...parameters).changes;
  }

  /** Runs `work` as one transaction that holds the write lock from its start. A throw rolls it back. */
  transaction<Result>(work: () => Result): Result {
    return this.sqlite.transaction(work).immediate();
  }

  /** Closing twice is not an error. */
  close(): void {
    if (!this.sqlite.open) return;
    this.sqlite.pragma('wal_checkpoint(TRUNCATE)');
    this.sqlite.close();
  }

  /** Kysely takes no lock on SQLite: two processes that start together would run a migration twice. */
  private async migrate(): Promise<void> {
    this.sqlite.exec('BEGIN IMMEDIATE');
    try {
      const migrator = new Migrator({ db: this.build, provider: { getMigrations: async () => MIGRATIONS } });
      const { error } = await migrator.migrateToLatest();
      if (error) throw error;
      this.sqlite.exec('COMMIT');
    } catch (error) {
      this.sqlite.exec('ROLLBACK');
      this.sqlite.close();
      throw error;
    }
  }
}
