import { type RawBuilder, sql } from 'kysely';
import type { Db, Engine } from '../engines/engine.ts';
import { groupsOf, type LegGroup, recordsOf, textOf } from './leg-groups.ts';
import type { LegBounds, LegQueries, LegQuery } from './leg-queries.ts';
import type { Leg } from './scan.ts';

/** Runs a query for all legs with the same columns in one round trip. The text does not depend on their number. */
export class JoinedLegs<Row> implements LegQueries<Row> {
  readonly #engine: Engine;
  readonly #query: LegQuery<Row>;
  readonly #separate: LegQueries<Row>;

  constructor(engine: Engine, query: LegQuery<Row>, separate: LegQueries<Row>) {
    this.#engine = engine;
    this.#query = query;
    this.#separate = separate;
  }

  one(db: Db, leg: Leg, bounds: LegBounds): Promise<Row[]> {
    return this.#separate.one(db, leg, bounds);
  }

  /** All of them: {@link each} finds out in the same round trip. */
  async withRows(_: Db, legs: readonly Leg[]): Promise<readonly Leg[]> {
    return legs;
  }

  async each(db: Db, legs: readonly Leg[], bounds: LegBounds): Promise<Row[][]> {
    const found = legs.map((): Row[] => []);
    for (const group of groupsOf(legs)) {
      const query = sql<Row & { place: number }>`select leg.place, found.* from ${this.#joined(group, bounds)}`;
      const { rows } = await query.execute(db);
      for (const row of rows) found[row.place]?.push(row);
    }
    return found;
  }

  async some(db: Db, legs: readonly Leg[], limit: number): Promise<Row[]> {
    const found: Row[] = [];
    for (const group of groupsOf(legs)) {
      const left = limit - found.length;
      if (left <= 0) break;
      const query = sql<Row>`select found.* from ${this.#joined(group, { limit: left })} limit ${left}`;
      found.push(...(await query.execute(db)).rows);
    }
    return found;
  }

  async count(db: Db, legs: readonly Leg[], limit: number): Promise<number> {
    let total = 0;
    for (const group of groupsOf(legs)) {
      const left = limit - total;
      if (left <= 0) break;
      const members = sql`select 1 as member from ${this.#joined(group, { limit: left })} limit ${left}`;
      const { rows } = await sql<{ total: number }>`select count(*) as total from (${members}) as counted`.execute(db);
      total += rows[0]?.total ?? 0;
    }
    return total;
  }

  /** The legs as the table `leg`, and for each of them its rows as the table `found`. */
  #joined({ columns, members }: LegGroup, { limit, here }: LegBounds): RawBuilder<unknown> {
    const legs = recordsOf(this.#engine.dialect, columns, sql<string>`${textOf(members)}`);
    const rows = this.#query(columns, {
      of: (column) => sql.ref(`leg.${column}`),
      limit: sql<number>`${limit}`,
      ...(here && { here: { value: sql<number>`${here.value}`, tie: sql<number>`${here.tie}` } }),
    });
    return sql`${legs} as leg cross join lateral (${rows}) as found`;
  }
}
