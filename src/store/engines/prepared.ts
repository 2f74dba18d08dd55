import { type CompiledQuery, type RawBuilder, sql } from 'kysely';
import type { Db, Engine } from './engine.ts';

/** In a query, `value('id')` stands for the value of that name, which is bound when the query runs. */
export type Placeholders<Values extends object> = <Name extends keyof Values & string>(
  name: Name,
) => RawBuilder<Values[Name]>;

/** A query of Kysely, or an SQL template. */
interface Query<Row> {
  compile(executor: Db): CompiledQuery<Row>;
}

/** A query that is compiled once and runs often. */
export interface PreparedQuery<Values extends object, Row> {
  all(db: Db, values: Values): Promise<Row[]>;
  /** The first row, and undefined if there is none. */
  first(db: Db, values: Values): Promise<Row | undefined>;
  /** Runs a write. @returns how many rows it changed */
  run(db: Db, values: Values): Promise<number>;
}

/**
 * Compiles a query for an engine. Building and compiling take longer than running it.
 *
 * ```ts
 * const byId = prepare(engine, (db, value: Placeholders<{ id: string }>) =>
 *   db.selectFrom('promotions').selectAll().where('id', '=', value('id')),
 * );
 * await byId.first(engine.reads, { id });
 * ```
 */
export function prepare<Values extends object, Row>(
  engine: Pick<Engine, 'reads'>,
  build: (db: Db, value: Placeholders<Values>) => Query<Row>,
): PreparedQuery<Values, Row> {
  /** The names of the placeholders, by the marker that takes the place of the value. */
  const names = new Map<unknown, keyof Values & string>();
  const value: Placeholders<Values> = <Name extends keyof Values & string>(name: Name) => {
    const marker = { placeholder: name };
    names.set(marker, name);
    return sql<Values[Name]>`${marker}`;
  };
  const query = build(engine.reads, value).compile(engine.reads);

  const bind = (values: Values): CompiledQuery<Row> => {
    const parameters = query.parameters.map((parameter) => {
      const name = names.get(parameter);
      if (name === undefined) return parameter;
      const bound = values[name];
      if (bound === undefined) throw new Error(`The query has no value for ${name}`);
      return bound;
    });
    return { query: query.query, queryId: query.queryId, sql: query.sql, parameters };
  };

  // `executeQuery` of Kysely would add the work of plugins, of which there are none.
  const execute = (db: Db, values: Values) =>
    db.getExecutor().provideConnection((connection) => connection.executeQuery<Row>(bind(values)));

  return {
    all: async (db, values) => (await execute(db, values)).rows,
    first: async (db, values) => (await execute(db, values)).rows[0],
    run: async (db, values) => Number((await execute(db, values)).numAffectedRows ?? 0),
  };
}
