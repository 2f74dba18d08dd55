import { type RawBuilder, sql } from 'kysely';
import type { Db, Dialect } from '../engine.ts';

/** SQLite's part of the SQL. A list is one parameter, which the connection writes as JSON. */
export const sqliteDialect: Dialect = {
  isAmong: (value, texts) => sql`${value} in (select value from json_each(${texts}))`,

  areAmong: (values, pairs) => sql`(${sql.join(values)}) in (select value ->> 0, value ->> 1 from json_each(${pairs}))`,

  // SQLite's min and max are null if one value is.
  least: <Value>(one: RawBuilder<Value>, other: RawBuilder<Value>) =>
    sql<Value>`coalesce(min(${one}, ${other}), ${one}, ${other})`,

  greatest: <Value>(one: RawBuilder<Value>, other: RawBuilder<Value>) =>
    sql<Value>`coalesce(max(${one}, ${other}), ${one}, ${other})`,

  locked: (query) => query,

  nextNumbers: async (db, howMany) => {
    const { value } = await db
      .updateTable('sequence')
      .set((row) => ({ value: row('value', '+', howMany) }))
      .returning('value')
      .executeTakeFirstOrThrow();
    return Array.from({ length: howMany }, (_, index) => value - howMany + 1 + index);
  },

  latestNumber: async (db: Db) => (await db.selectFrom('sequence').select('value').executeTakeFirstOrThrow()).value,
};
