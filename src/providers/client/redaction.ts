const MAX_LENGTH = 120;

/** What one line of a log cannot show. U+FFFD stands for such a character of an answer. */
const UNPRINTABLE = /[\p{Cc}\s\uFFFD]+/gu;
const VALUE = '[value]';

/** Patterns of texts that may identify a person or can be redeemed, and their replacements. */
const PRIVATE: [what: RegExp, shown: string][] = [
  [/\b(?:[prs]k_(?:live|test)_|whsec_)\S+|\b(?:bearer|basic) \S+/gi, '[key]'],
  // E-mail addresses with a plain, full-width or URL-encoded @, or with "(at)".
  [/[^\s@＠%<>"'`]{1,64}(?:[@＠]|%40| ?[[(]at[\])] ?)[^\s@＠<>"'`]+/gi, '[email]'],
  // Quoted values. If the text was cut off, up to its end. An apostrophe within a word is not a quotation mark.
  [/"[^"]*(?:"|$)|`[^`]*(?:`|$)|“[^”]*(?:”|$)|«[^»]*(?:»|$)|(?<![\p{L}\d])['‘][^'’]*(?:['’](?![\p{L}\d])|$)/gu, VALUE],
  // Long numbers in any script and grouping. Not across a comma: a comma follows the status of the answer.
  [/\p{Nd}(?:[ ./_()\p{Pd}]{0,3}\p{Nd}){5,}/gu, '[number]'],
  // Ids and codes: words with both letters and digits.
  [/(?<![\p{L}\d_-])(?=[\p{L}_-]*\d)(?=[\d_-]*\p{L})[\p{L}\d_-]{6,}/gu, VALUE],
];

/** Values that were sent and must not appear in the log. */
export interface SentValues {
  /** The provider's API key. */
  secret: string;
  /** The segments of the path, and all texts in the query and the body. */
  values: readonly string[];
}

/**
 * Makes a provider's message safe to log: one line, at most 120 characters, without keys, e-mail addresses, long numbers, ids,
 * quoted values, and values that were sent.
 */
export function redacted(text: string, { secret, values }: SentValues): string {
  const line = text.replace(UNPRINTABLE, ' ').slice(0, 50 * MAX_LENGTH);
  const withoutSecret = secret === '' ? line : line.replace(patternOf(secret), '[key]');
  // The sent values go first: a value may contain a number or a quotation mark.
  const withoutValues = withoutSent(withoutSecret, values);
  return PRIVATE.reduce((rest, [what, shown]) => rest.replace(what, shown), withoutValues).slice(0, MAX_LENGTH);
}

/** Replaces longer values first, because one value may be a part of another. */
function withoutSent(text: string, values: readonly string[]): string {
  const longestFirst = values
    .map((value) => value.replace(UNPRINTABLE, ' ').trim())
    .filter((value) => value !== '')
    .toSorted((one, other) => other.length - one.length);
  return longestFirst.reduce((rest, value) => rest.replace(patternOf(value), VALUE), text);
}

/**
 * Matches a value as a whole word, in any case. The characters between its letters and digits may differ or be URL-encoded: a
 * provider that looks for SUMMER-SALE may report summer_sale, and `A B` may come back as `A%20B`.
 */
function patternOf(value: string): RegExp {
  const parts = (value.match(/[\p{L}\p{Nd}]+/gu) ?? [value]).map((part) => RegExp.escape(part));
  const pattern = parts.join(String.raw`(?:%[\da-f]{2}|[^\p{L}\p{Nd}]){1,9}`);
  return new RegExp(String.raw`(?<![\p{L}\p{Nd}])${pattern}(?![\p{L}\p{Nd}])`, 'giu');
}

/** All strings in a JSON value, at any depth. */
export function textsIn(sent: unknown): string[] {
  if (typeof sent === 'string') return [sent];
  if (typeof sent !== 'object' || sent === null) return [];
  return Object.values(sent).flatMap(textsIn);
}
