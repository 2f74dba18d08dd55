import type { Dialect } from './engine.ts';

/**
 * Records as the JSON for {@link Dialect.records}. Leaves out nulls, which most columns of a new row are: a missing value
 * reads as null.
 */
export function recordsJson(records: readonly object[]): string {
  return JSON.stringify(records.map(withoutNulls));
}

function withoutNulls(record: object): object {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(record)) {
    if (value !== null) kept[name] = typeof value === 'string' ? storableText(value) : value;
  }
  return kept;
}

/**
 * U+FFFD takes the place of U+0000 and of half a surrogate pair. A server refuses both, also as escapes in JSON, and any text
 * can be looked up.
 */
function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}
