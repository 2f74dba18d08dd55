import type Sqlite from 'better-sqlite3';
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import { inSpan } from '../../../telemetry/span.ts';
import { noteTrouble } from '../trouble.ts';
import { sqliteTroubleOf } from './sqlite-trouble.ts';
import { StatementCache } from './statement-cache.ts';

/** Runs Kysely's queries on an SQLite connection, by prepared statements. */
export class SqliteConnection implements DatabaseConnection {
  readonly sqlite: Sqlite.Database;
  readonly #statements: StatementCache;

  constructor(sqlite: Sqlite.Database) {
    this.sqlite = sqlite;
    this.#statements = new StatementCache(sqlite);
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    return this.run(query);
  }

  run<Row>({ sql, parameters }: CompiledQuery): QueryResult<Row> {
    // The text contains no parameter values.
    const attributes = { 'db.system.name': 'sqlite', 'db.query.text': sql };
    return inSpan('store query', { kind: 'CLIENT', attributes }, () => this.#run<Row>(sql, bindable(parameters)));
  }

  /** Begins or ends a transaction. */
  control(statement: string): void {
    noting(() => this.#statements.get(statement).run());
  }

  #run<Row>(text: string, parameters: readonly unknown[]): QueryResult<Row> {
    return noting(() => {
      const statement = this.#statements.get(text);
      if (!statement.reader) return { rows: [], numAffectedRows: BigInt(statement.run(parameters).changes) };
      const rows: Row[] = statement.all(parameters);
      return statement.readonly ? { rows } : { rows, numAffectedRows: BigInt(rows.length) };
    });
  }

  /** Refused: a stream keeps its connection busy, and the write-ahead log from shrinking. */
  streamQuery<Row>(): AsyncIterableIterator<QueryResult<Row>> {
    throw new Error('SQLite does not stream: read in pages');
  }
}

function noting<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    noteTrouble(error, sqliteTroubleOf(error));
    throw error;
  }
}

/** SQLite has no lists: the dialect's conditions read them from JSON. */
function bindable(parameters: readonly unknown[]): readonly unknown[] {
  if (!parameters.some(Array.isArray)) return parameters;
  return parameters.map((parameter) => (Array.isArray(parameter) ? JSON.stringify(parameter) : parameter));
}
