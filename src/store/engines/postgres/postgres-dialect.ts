import { type RawBuilder, sql } from 'kysely';
import type { Db, Dialect } from '../engine.ts';

/** PostgreSQL's side of what differs between the engines. */
export const postgresDialect: Dialect = {
  isAmong: (value, texts) => sql`${value} = any(${texts}::text[])`,

  // The parameter is a list of lists. `unnest` would make one list of it.
  areAmong: (values, pairs) => sql`(${sql.join(values)}) in (
    select list[place][1], list[place][2]
      from (select ${pairs}::text[] as list) as given, generate_subscripts(list, 1) as place
  )`,

  least: <Value>(one: RawBuilder<Value>, other: RawBuilder<Value>) => sql<Value>`least(${one}, ${other})`,
  greatest: <Value>(one: RawBuilder<Value>, other: RawBuilder<Value>) => sql<Value>`greatest(${one}, ${other})`,

  locked: (query) => query.forUpdate(),

  async nextNumbers(db: Db, howMany: number): Promise<number[]> {
    const drawn = sql<{
      number: number;
    }>`select nextval('sequence') as number from generate_series(1, ${howMany}::integer)`;
    const { rows } = await drawn.execute(db);
    return rows.map(({ number }) => number).sort((one, other) => one - other);
  },

  async latestNumber(db: Db): Promise<number> {
    const latest = sql<{
      number: number;
    }>`select case when is_called then last_value else 0 end as number from sequence`;
    const { rows } = await latest.execute(db);
    return rows[0]?.number ?? 0;
  },
};
