import {
  type DatabaseConnection,
  DefaultQueryExecutor,
  type Dialect,
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { Tables } from '../../tables.ts';
import type { Db } from '../engine.ts';

/** There is nothing to acquire and release: each Kysely has its connection. */
class EngineDriver extends DummyDriver {
  override async beginTransaction(): Promise<void> {
    throw new Error('Only the engine begins transactions');
  }
}

/**
 * Writes a plus before each parameter, which changes no value. Otherwise SQLite plans a statement again for each run with
 * other values, if these could lead to another plan: where a parameter is a limit, or is compared with a column that is in
 * several indexes. Planning takes up to ten times as long as the look-up. SQLite does not see the value of an expression.
 */
class StablePlanCompiler extends SqliteQueryCompiler {
  protected override getCurrentParameterPlaceholder(): string {
    return '+?';
  }
}

const dialect: Dialect = {
  createDriver: () => new EngineDriver(),
  createAdapter: () => new SqliteAdapter(),
  createIntrospector: (db) => new SqliteIntrospector(db),
  createQueryCompiler: () => new StablePlanCompiler(),
};
const driver = dialect.createDriver();
const adapter = dialect.createAdapter();
const compiler = dialect.createQueryCompiler();

/**
 * Kysely's API over a connection. Without Kysely's own queue for a single connection, and its steps to acquire and
 * release one, which take about as long as reading a row.
 */
export function kyselyOver(connection: DatabaseConnection): Db {
  const executor = new DefaultQueryExecutor(compiler, adapter, {
    provideConnection: (consumer) => consumer(connection),
  });
  return new Kysely<Tables>({ config: { dialect }, dialect, driver, executor });
}
