const MAX_LENGTH = 120;
const VALUE = '[value]';

/** Texts that may identify somebody or can be redeemed, and what replaces them. */
const PRIVATE: [what: RegExp, shown: string][] = [
  [/\b(?:[prs]k_(?:live|test)_|whsec_)\S+|\b(?:bearer|basic) \S+/gi, '[key]'],
  // As it is, in full width, encoded for a URL, or written out for people.
  [/[^\s@＠%<>"'`]{1,64}(?:[@＠]|%40| ?[[(]at[\])] ?)[^\s@＠<>"'`]+/gi, '[email]'],
  // In quotation marks, or from one to the end where the text was cut off. An apostrophe within a word is no quotation mark.
  [/"[^"]*(?:"|$)|`[^`]*(?:`|$)|“[^”]*(?:”|$)|«[^»]*(?:»|$)|(?<![\p{L}\d])['‘][^'’]*(?:['’](?![\p{L}\d])|$)/gu, VALUE],
  // In whichever digits and groups. Not with a comma between them, which stands behind the status of the answer.
  [/\p{Nd}(?:[ ./_()\p{Pd}]{0,3}\p{Nd}){5,}/gu, '[number]'],
  // Ids and codes: letters with digits among them.
  [/(?<![\p{L}\d_-])(?=[\p{L}_-]*\d)(?=[\d_-]*\p{L})[\p{L}\d_-]{6,}/gu, VALUE],
];

/** What was sent, and must not appear in the log. */
export interface SentValues {
  /** The provider's key. */
  secret: string;
  /** The parts of the path, and the texts in the query and the body. */
  values: readonly string[];
}

/**
 * A provider's words as the log may have them: one line, at most 120 characters, without keys, e-mail addresses, long
 * numbers, ids, quoted values, or any value that was sent.
 */
export function redacted(text: string, { secret, values }: SentValues): string {
  const line = text.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, 50 * MAX_LENGTH);
  const withoutSecret = secret === '' ? line : line.replace(spelledAs(secret), '[key]');
  // First what was sent: a value may have a number, or a quotation mark, in it.
  const withoutValues = withoutSent(withoutSecret, values);
  return PRIVATE.reduce((rest, [what, shown]) => rest.replace(what, shown), withoutValues).slice(0, MAX_LENGTH);
}

/** Longer values first: one may be a part of another. Providers write some in another case. */
function withoutSent(text: string, values: readonly string[]): string {
  const longestFirst = values
    .map((value) => value.replace(/[\p{Cc}\s]+/gu, ' ').trim())
    .filter((value) => value !== '')
    .toSorted((one, other) => other.length - one.length);
  return longestFirst.reduce((rest, value) => rest.replace(spelledAs(value), VALUE), text);
}

/**
 * A value as a whole word, in any case. What stands between its letters and digits may come back as another mark, or
 * encoded for a URL: a provider that looks for SUMMER-SALE may name summer_sale, and `A B` is `A%20B` in its log.
 */
function spelledAs(value: string): RegExp {
  const parts = (value.match(/[\p{L}\p{Nd}]+/gu) ?? [value]).map((part) => RegExp.escape(part));
  const spelled = parts.join(String.raw`(?:%[\da-f]{2}|[^\p{L}\p{Nd}]){1,9}`);
  return new RegExp(String.raw`(?<![\p{L}\p{Nd}])${spelled}(?![\p{L}\p{Nd}])`, 'giu');
}

/** All texts in what is sent as JSON. */
export function textsIn(sent: unknown): string[] {
  if (typeof sent === 'string') return [sent];
  if (typeof sent !== 'object' || sent === null) return [];
  return Object.values(sent).flatMap(textsIn);
}
