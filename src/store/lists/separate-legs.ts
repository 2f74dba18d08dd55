import { sql } from 'kysely';
import type { Db, Engine } from '../engines/engine.ts';
import { type Placeholders, type PreparedQuery, prepare } from '../engines/prepared.ts';
import { groupsOf, recordsOf, textOf } from './leg-groups.ts';
import type { LegBounds, LegQueries, LegQuery } from './leg-queries.ts';
import type { Leg, LegInput } from './scan.ts';

/** The values that a prepared query of a leg gets. */
type LegValues = Record<string, string | number>;

/** The start of the names of values that belong to columns. */
const OF = 'of_';

/**
 * Runs a query for one leg after the other. Legs with the same columns share one prepared statement. For an engine in
 * this process: the time to compile one statement for all legs would grow with the square of their number.
 */
export class SeparateLegs<Row> implements LegQueries<Row> {
  readonly #engine: Engine;
  readonly #query: LegQuery<Row>;
  readonly #prepared = new Map<string, PreparedQuery<LegValues, Row>>();
  readonly #withRows = new Map<string, PreparedQuery<LegValues, { place: number }>>();
  readonly #counting = new Map<string, PreparedQuery<LegValues, { total: number }>>();

  constructor(engine: Engine, query: LegQuery<Row>) {
    this.#engine = engine;
    this.#query = query;
  }

  one(db: Db, leg: Leg, bounds: LegBounds): Promise<Row[]> {
    const columns = Object.keys(leg);
    const isContinued = bounds.here !== undefined;
    const query = once(this.#prepared, `${columns} ${isContinued}`, () =>
      prepare(this.#engine, (_, value: Placeholders<LegValues>) => this.#query(columns, inputOf(value, isContinued))),
    );
    return query.all(db, valuesOf(leg, bounds));
  }

  /** With one statement for many legs, most of which are often empty: those of other providers and rare statuses. */
  async withRows(db: Db, legs: readonly Leg[], here: LegBounds['here']): Promise<readonly Leg[]> {
    const places = new Set<number>();
    for (const { columns, members } of groupsOf(legs)) {
      const query = once(this.#withRows, `${columns} ${here !== undefined}`, () => this.#existing(columns, here));
      const found = await query.all(db, { legs: textOf(members), ...(here && { here: here.value, tie: here.tie }) });
      for (const { place } of found) places.add(place);
    }
    return legs.filter((_, place) => places.has(place));
  }

  #existing(columns: readonly string[], here: LegBounds['here']): PreparedQuery<LegValues, { place: number }> {
    return prepare(this.#engine, (_, value: Placeholders<LegValues>) => {
      const legs = recordsOf(this.#engine.dialect, columns, sql<string>`${value('legs')}`);
      const rows = this.#query(columns, {
        ...inputOf(value, here !== undefined),
        of: (column) => sql.ref(`leg.${column}`),
        limit: sql.lit(1),
      });
      return sql<{ place: number }>`select leg.place from ${legs} as leg where exists (${rows})`;
    });
  }

  async each(db: Db, legs: readonly Leg[], bounds: LegBounds): Promise<Row[][]> {
    const found: Row[][] = [];
    for (const leg of legs) found.push(await this.one(db, leg, bounds));
    return found;
  }

  async some(db: Db, legs: readonly Leg[], limit: number): Promise<Row[]> {
    const found: Row[] = [];
    for (const leg of legs) {
      if (found.length >= limit) break;
      found.push(...(await this.one(db, leg, { limit: limit - found.length })));
    }
    return found;
  }

  async count(db: Db, legs: readonly Leg[], limit: number): Promise<number> {
    let total = 0;
    for (const leg of legs) {
      if (total >= limit) break;
      const counted = await this.#countingOf(leg).first(db, valuesOf(leg, { limit: limit - total }));
      total += counted?.total ?? 0;
    }
    return total;
  }

  #countingOf(leg: Leg) {
    const columns = Object.keys(leg);
    return once(this.#counting, String(columns), () =>
      prepare(this.#engine, (_, value: Placeholders<LegValues>) => {
        const members = this.#query(columns, inputOf(value, false));
        return sql<{ total: number }>`select count(*) as total from (${members}) as counted`;
      }),
    );
  }
}

function inputOf(value: Placeholders<LegValues>, isContinued: boolean): LegInput {
  return {
    of: (column) => value(OF + column),
    limit: sql<number>`${value('limit')}`,
    ...(isContinued && { here: { value: sql<number>`${value('here')}`, tie: sql<number>`${value('tie')}` } }),
  };
}

function valuesOf(leg: Leg, { limit, here }: LegBounds): LegValues {
  const ofColumns = Object.entries(leg).map(([column, value]) => [OF + column, value]);
  return { ...Object.fromEntries(ofColumns), limit, ...(here && { here: here.value, tie: here.tie }) };
}

function once<Value>(made: Map<string, Value>, name: string, make: () => Value): Value {
  const value = made.get(name) ?? make();
  made.set(name, value);
  return value;
}
