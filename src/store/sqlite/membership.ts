import { type RawBuilder, type SqlBool, sql } from 'kysely';

/*
 * Conditions whose SQL text does not depend on the number of values. Each text is a separate statement in the statement
 * cache.
 */

export type Condition = RawBuilder<SqlBool>;

/** The condition that a value is one of any number of texts. */
export function isAmong(value: RawBuilder<unknown>, texts: readonly string[]): Condition {
  return sql`${value} in (select value from json_each(${JSON.stringify(texts)}))`;
}

/** The condition that two values are one of any number of pairs. */
export function areAmong(values: readonly RawBuilder<unknown>[], pairs: readonly (readonly string[])[]): Condition {
  return sql`(${sql.join(values)}) in (select value ->> 0, value ->> 1 from json_each(${JSON.stringify(pairs)}))`;
}

/**
 * The condition that a value is one of the chosen of a few choices. Without a subquery, which would run for each leg.
 */
export function isChosen<Choice extends string>(
  value: RawBuilder<unknown>,
  chosen: readonly Choice[],
  choices: readonly Choice[],
): Condition {
  const slots = choices.map((choice) => (chosen.includes(choice) ? choice : null));
  return sql`${value} in (${sql.join(slots)})`;
}
