/** What an id must be, as the end of a sentence. */
export const ID_FAULT = 'a string, or a whole number from -(2^53 - 1) to 2^53 - 1: send larger ids as strings';

/**
 * The text of an id in JSON; null: the value is not an id. JSON parsers round numbers above 2^53 - 1, so that two different
 * ids could become one.
 */
export function idText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return Number.isSafeInteger(value) ? String(value) : null;
}
