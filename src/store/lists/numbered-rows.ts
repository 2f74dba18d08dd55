import { type Selectable, sql } from 'kysely';
import type { Db, Engine } from '../engines/engine.ts';
import { type Placeholders, prepare } from '../engines/prepared.ts';
import type { Tables } from '../tables.ts';

/** Reads rows of a table by their numbers, with one query, in any order. */
export function numberedRows<Table extends 'promotions' | 'redemptions' | 'attempts' | 'refusals'>(
  engine: Engine,
  table: Table,
): (db: Db, numbers: readonly number[]) => Promise<Selectable<Tables[Table]>[]> {
  const query = prepare(engine, (_, value: Placeholders<{ numbers: string }>) => {
    const chosen = engine.dialect.records<{ number: number }>({ number: 'integer' }, value('numbers'));
    return sql<Selectable<Tables[Table]>>`select * from ${sql.table(table)}
      where number in (select chosen.number from ${chosen} as chosen)`;
  });
  return (db, numbers) => query.all(db, { numbers: numbersText(numbers) });
}

/** Row numbers as the JSON of records with a column `number`. */
export function numbersText(numbers: readonly number[]): string {
  return JSON.stringify(numbers.map((number) => ({ number })));
}
