/** What an id must be, as the end of a sentence. */
export const ID_FAULT = 'a string, or a whole number from -(2^53 - 1) to 2^53 - 1: send larger ids as strings';

/**
 * The text of an id as JSON has it; null for a value that is no id. JSON numbers above 2^53 - 1 have been rounded by the
 * time they are seen, so two different ids would be one.
 */
export function idText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  return Number.isSafeInteger(value) ? String(value) : null;
}
