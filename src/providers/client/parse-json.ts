/** How JSON writes U+0000, and halves of surrogate pairs. It cannot contain the former in any other way. */
const SUSPICIOUS = /\\u(?:0000|d[89a-f])/i;

/**
 * Parses JSON that a provider has sent. Not every store can keep U+0000, and no UTF-8 has half a surrogate pair:
 * each becomes U+FFFD, with any store, and this is what clients see.
 * @throws {SyntaxError}
 */
export function parseJson(text: string): unknown {
  return SUSPICIOUS.test(text) ? JSON.parse(text, (_, value: unknown) => storable(value)) : JSON.parse(text);
}

function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [storableText(key), part]));
}

function storableText(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}
