import { type RawBuilder, type SqlBool, sql } from 'kysely';

/*
 * Conditions whose text does not depend on how many values there are: each text is a statement of its own, which is
 * kept.
 */

export type Condition = RawBuilder<SqlBool>;

/** That a value is one of some texts, however many. */
export function isAmong(value: RawBuilder<unknown>, texts: readonly string[]): Condition {
  return sql`${value} in (select value from json_each(${JSON.stringify(texts)}))`;
}

/** The same for pairs. */
export function areAmong(values: readonly RawBuilder<unknown>[], pairs: readonly (readonly string[])[]): Condition {
  return sql`(${sql.join(values)}) in (select value ->> 0, value ->> 1 from json_each(${JSON.stringify(pairs)}))`;
}

/** The same for some of a few choices, without the subquery, which would run again for each leg of a scan. */
export function isChosen<Choice extends string>(
  value: RawBuilder<unknown>,
  chosen: readonly Choice[],
  choices: readonly Choice[],
): Condition {
  const slots = choices.map((choice) => (chosen.includes(choice) ? choice : null));
  return sql`${value} in (${sql.join(slots)})`;
}
