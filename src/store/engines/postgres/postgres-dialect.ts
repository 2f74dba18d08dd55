import { type RawBuilder, sql } from 'kysely';
import type { Db, Dialect, Pair, PairedRows } from '../engine.ts';

/** PostgreSQL's side of what differs between the engines. */
export const postgresDialect: Dialect = {
  isAmong: (value, texts) => sql`${value} = any(${texts}::text[])`,

  // The server looks at a row again after it has waited for its lock. If a join had found the row, the server would repeat
  // the join with one row of each table, and could lose the row. It keeps an array.
  isResultOf: (value, query) => sql`${value} = any(array(${query}))`,

  // The parameter is a list of lists. `unnest` would make one list of it.
  areAmong: (values, pairs) => sql`(${sql.join(values)}) in (
    select list[place][1], list[place][2]
      from (select ${pairs}::text[] as list) as given, generate_series(1, array_length(list, 1)) as place
  )`,

  // "offset 0" keeps the planner from joining the tables in its own way.
  rowsOf: <Row>(pairs: RawBuilder<readonly Pair[]>, { table, columns: [one, other], where }: PairedRows<Row>) =>
    sql<Row>`(
      select found.* from (select ${pairs}::text[] as list) as given, generate_series(1, array_length(list, 1)) as place,
        lateral (
          select * from ${sql.table(table)}
            where ${sql.ref(one)} = list[place][1] and ${sql.ref(other)} = list[place][2] and ${where ?? sql`true`} offset 0
        ) as found
    )`,

  least: <Value>(one: RawBuilder<Value>, other: RawBuilder<Value>) => sql<Value>`least(${one}, ${other})`,
  greatest: <Value>(one: RawBuilder<Value>, other: RawBuilder<Value>) => sql<Value>`greatest(${one}, ${other})`,

  locked: (query) => query.forUpdate(),

  lockedUnlessBusy: (query) => query.forUpdate().skipLocked(),

  hasLateral: true,

  records: <Row>(columns: object, json: RawBuilder<string>) => {
    const typed = Object.entries(columns).map(
      ([name, type]) => sql`${sql.ref(name)} ${sql.raw(type === 'integer' ? 'bigint' : 'text')}`,
    );
    return sql<Row>`(select * from json_to_recordset(${json}::json) as record (${sql.join(typed)}))`;
  },

  // The planner takes a computed array for a short one, whatever it knows of the table.
  isRowOf: (key, keyOfRecord, keys) => sql`${key} = ${keyOfRecord} and ${key} = any(array(${keys}))`,

  // In the order of the numbers that stand for the texts, so that two transactions never wait for each other.
  lock: async (db, texts) => {
    if (texts.length === 0) return;
    await sql`select pg_advisory_xact_lock(number) from (
      select distinct hashtextextended(text, 0) as number from unnest(${texts}::text[]) as text order by number
    ) as locks`.execute(db);
  },

  async nextNumbers(db: Db, howMany: number): Promise<number[]> {
    const drawn = sql<{
      number: number;
    }>`select nextval('sequence') as number from generate_series(1, ${howMany}::integer)`;
    const { rows } = await drawn.execute(db);
    return rows.map(({ number }) => number).sort((one, other) => one - other);
  },

  dropIndexes: async (db, table) => {
    const indexes = sql<{ name: string; definition: string }>`
      select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
        where indrelid = ${table}::regclass and not exists (select from pg_constraint where conindid = indexrelid)`;
    const { rows } = await indexes.execute(db);
    for (const { name } of rows) await sql`drop index ${sql.raw(name)}`.execute(db);
    return rows.map(({ definition }) => definition);
  },

  async latestNumber(db: Db): Promise<number> {
    const latest = sql<{
      number: number;
    }>`select case when is_called then last_value else 0 end as number from sequence`;
    const { rows } = await latest.execute(db);
    return rows[0]?.number ?? 0;
  },

  async continueAfter(db: Db, number: number): Promise<void> {
    if (number > 0) await sql`select setval('sequence', ${number}::bigint)`.execute(db);
    for (const table of ['promotions', 'redemptions', 'attempts', 'refusals', 'promotion_history'] as const) {
      const last = sql`(select max(number) from ${sql.table(table)})`;
      // Null, for a table without rows, sets nothing.
      await sql`select setval(pg_get_serial_sequence(${table}, 'number'), ${last})`.execute(db);
    }
  },
};
