import { type RawBuilder, sql } from 'kysely';
import type { Condition } from '../engines/engine.ts';

/**
 * The condition that a value is one of the chosen of a few choices. Its text does not depend on what is chosen. Without
 * a subquery, which would run for each leg.
 */
export function isChosen<Choice extends string>(
  value: RawBuilder<unknown>,
  chosen: readonly Choice[],
  choices: readonly Choice[],
): Condition {
  const slots = choices.map((choice) => (chosen.includes(choice) ? choice : null));
  return sql`${value} in (${sql.join(slots)})`;
}
