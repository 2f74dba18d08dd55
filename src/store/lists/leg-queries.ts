import type { RawBuilder } from 'kysely';
import type { Db, Engine } from '../engines/engine.ts';
import { JoinedLegs } from './joined-legs.ts';
import type { Leg, LegInput, ScannedRow } from './scan.ts';
import { SeparateLegs } from './separate-legs.ts';

/** How many rows of a leg are read, and after which row. */
export interface LegBounds {
  limit: number;
  here?: Pick<ScannedRow, 'value' | 'tie'>;
}

/** Builds the query of the legs with certain columns. */
export type LegQuery<Row> = (columns: readonly string[], input: LegInput) => RawBuilder<Row>;

/** A query that runs for the legs of a scan. */
export interface LegQueries<Row> {
  /** The rows of one leg. */
  one(db: Db, leg: Leg, bounds: LegBounds): Promise<Row[]>;
  /** The legs without those that have no rows after `here`, where it pays to find out before the rows are read. */
  withRows(db: Db, legs: readonly Leg[], here: LegBounds['here']): Promise<readonly Leg[]>;
  /** The rows of each leg. */
  each(db: Db, legs: readonly Leg[], bounds: LegBounds): Promise<Row[][]>;
  /** Some rows of the legs, at most `limit` in all. */
  some(db: Db, legs: readonly Leg[], limit: number): Promise<Row[]>;
  /** The number of rows of the legs, at most `limit`. */
  count(db: Db, legs: readonly Leg[], limit: number): Promise<number>;
}

/** Runs the query for many legs at once, where the engine can. */
export function legQueries<Row>(engine: Engine, query: LegQuery<Row>): LegQueries<Row> {
  const separate = new SeparateLegs(engine, query);
  return engine.dialect.hasLateral ? new JoinedLegs(engine, query, separate) : separate;
}
