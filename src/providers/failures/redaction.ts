const MAX_LENGTH = 120;
const VALUE = '[value]';

/** Texts that may identify somebody or can be redeemed, and what replaces them. */
const PRIVATE: [what: RegExp, shown: string][] = [
  [/\b[prs]k_(?:live|test)_\S+/g, '[key]'],
  [/[^\s@<>"'`]{1,64}@[^\s@<>"'`]+/g, '[email]'],
  // In quotation marks, or from one to the end where the text was cut off. An apostrophe within a word is no quotation mark.
  [/"[^"]*(?:"|$)|`[^`]*(?:`|$)|“[^”]*(?:”|$)|«[^»]*(?:»|$)|(?<![\p{L}\d])['‘][^'’]*(?:['’](?![\p{L}\d])|$)/gu, VALUE],
  [/\d(?:[ -]?\d){5,}/g, '[number]'],
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
  const withoutSecret = secret === '' ? line : line.replaceAll(secret, '[key]');
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
  return longestFirst.reduce((rest, value) => rest.replace(new RegExp(wholeWord(value), 'giu'), VALUE), text);
}

function wholeWord(value: string): string {
  return `(?<![\\p{L}\\d])${RegExp.escape(value)}(?![\\p{L}\\d])`;
}

/** All texts in what is sent as JSON. */
export function textsIn(sent: unknown): string[] {
  if (typeof sent === 'string') return [sent];
  if (typeof sent !== 'object' || sent === null) return [];
  return Object.values(sent).flatMap(textsIn);
}
