import { type RawBuilder, sql } from 'kysely';
import type { Db, Dialect, Pair, PairedRows } from '../engine.ts';

/** SQLite's part of the SQL. A list is one parameter, which the connection writes as JSON. */
export const sqliteDialect: Dialect = {
  isAmong: (value, texts) => sql`${value} in (select value from json_each(${texts}))`,

  isRowOf: (key, keyOfRecord) => sql`${key} = ${keyOfRecord}`,

  isResultOf: (value, query) => sql`${value} in (${query})`,

  areAmong: (values, pairs) => sql`(${sql.join(values)}) in (select value ->> 0, value ->> 1 from json_each(${pairs}))`,

  // The pairs come first in a cross join.
  rowsOf: <Row>(pairs: RawBuilder<readonly Pair[]>, { table, columns: [one, other], where }: PairedRows<Row>) =>
    sql<Row>`(
      select ${sql.table(table)}.* from json_each(${pairs}) as pair cross join ${sql.table(table)}
        where ${sql.ref(`${table}.${one}`)} = pair.value ->> 0 and ${sql.ref(`${table}.${other}`)} = pair.value ->> 1
          and ${where ?? sql`true`}
    )`,

  // SQLite's min and max are null if one value is.
  least: <Value>(one: RawBuilder<Value>, other: RawBuilder<Value>) =>
    sql<Value>`coalesce(min(${one}, ${other}), ${one}, ${other})`,

  greatest: <Value>(one: RawBuilder<Value>, other: RawBuilder<Value>) =>
    sql<Value>`coalesce(max(${one}, ${other}), ${one}, ${other})`,

  locked: (query) => query,

  // The list stays binary JSON: each column of JSON text would parse its whole record again.
  records: <Row>(columns: object, json: RawBuilder<string>) => {
    const values = Object.keys(columns).map((name) => sql`value ->> ${sql.lit(name)} as ${sql.ref(name)}`);
    return sql<Row>`(select ${sql.join(values)} from jsonb_each(${json}))`;
  },

  lock: async () => {},

  lockedUnlessBusy: (query) => query,

  hasLateral: false,

  nextNumbers: async (db, howMany) => {
    const { value } = await db
      .updateTable('sequence')
      .set((row) => ({ value: row('value', '+', howMany) }))
      .returning('value')
      .executeTakeFirstOrThrow();
    return Array.from({ length: howMany }, (_, index) => value - howMany + 1 + index);
  },

  dropIndexes: async (db, table) => {
    // An index of a key has no definition of its own.
    const indexes = sql<{ name: string; definition: string }>`
      select name, sql as definition from sqlite_schema
        where tbl_name = ${table} and type = 'index' and sql is not null`;
    const { rows } = await indexes.execute(db);
    for (const { name } of rows) await sql`drop index ${sql.ref(name)}`.execute(db);
    return rows.map(({ definition }) => definition);
  },

  latestNumber: async (db: Db) => (await db.selectFrom('sequence').select('value').executeTakeFirstOrThrow()).value,

  // SQLite itself continues after the last row.
  continueAfter: async (db, number) => {
    await db.updateTable('sequence').set({ value: number }).execute();
  },
};
