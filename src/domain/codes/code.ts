import { randomInt } from 'node:crypto';
import type { InputFault } from '../redemption/input-issue.ts';
import { plainLookAlikes } from './look-alikes.ts';

/** The longest code that is stored or looked up, in UTF-16 units. No provider allows a longer one. */
const MAX_LENGTH = 500;

/**
 * The longest input that is normalized, in UTF-16 units. It exceeds the longest code because pasted text can contain
 * invisible characters. The rest of a longer input is ignored.
 */
export const LONGEST_CODE_INPUT = 1000;

/** Letters and digits that are hard to confuse when a code is read aloud or typed from paper. */
const ALPHABET = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';

/**
 * Version of {@link normalizedCode} and {@link codeSkeleton}: their steps, and the Unicode tables of the runtime. When
 * it changes, the store recomputes its normalized codes. Increase the number with every change of the steps.
 */
export const NORMALIZATION_VERSION = `2/unicode-${process.versions.unicode}`;

/** Printable ASCII without spaces, as most codes are. Only the last step, lower case, changes such a code. */
const PLAIN = /^[!-~]*$/;
/** Zero-width characters, soft hyphens, direction marks, variation selectors, fillers. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;
/** Every kind of white space, and the Braille blank. */
const BLANKS = /[\p{White_Space}\u2800]+/gu;
const BLANKS_BUT_SPACE = /(?! )[\p{White_Space}\u2800]/u;
/** Hyphens, dashes and minus signs, except wavy and double ones. */
const HYPHENS = /[[\p{Dash_Punctuation}\u02d7\u2043\u2212\u2796]--[\u301c\u3030\u30a0]]/gv;
const DIGITS = /(?![0-9])\p{Decimal_Number}/gu;

/**
 * Scripts that a code must not mix: a look-alike letter from another script gives a code that people cannot tell apart.
 */
const SCRIPTS = ['Latin', 'Cyrillic', 'Greek', 'Arabic', 'Hebrew', 'Armenian', 'Georgian', 'Devanagari', 'Thai'];
const EAST_ASIAN = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}`;
const NAMED_SCRIPTS = [...SCRIPTS.map((script) => String.raw`\p{Script=${script}}`), EAST_ASIAN];
const NO_SCRIPT = String.raw`\p{Script=Common}\p{Script=Inherited}`;
/** The letters of each script. All other scripts count as one. */
const LETTERS = [
  ...NAMED_SCRIPTS.map((script) => new RegExp(String.raw`[[${script}]&&\p{L}]`, 'v')),
  new RegExp(String.raw`[\p{L}--[${NO_SCRIPT}${NAMED_SCRIPTS.join('')}]]`, 'v'),
];

/**
 * The normalized code: codes are stored, compared and looked up in this form, so that " launch–50 " finds LAUNCH-50.
 * Creation, redemption, look-ups, lists and the store's index all use this function. Its steps, in this order:
 *
 * 1. A text of more than 1,000 UTF-16 units is cut there and not changed further. From a shorter one, invisible
 *    characters are removed: zero-width characters, soft hyphens, byte order marks, direction marks, variation
 *    selectors, fillers.
 * 2. Each run of white space becomes one space. White space at both ends is removed.
 * 3. A text of more than 500 characters is not changed further, because no code is that long.
 * 4. Full-width letters, ligatures and similar characters become plain characters (Unicode NFKC).
 * 5. Decimal digits of all scripts become ASCII digits. Every hyphen, dash and minus sign becomes "-".
 * 6. Case is removed: "ß" becomes "ss", "ς" becomes "σ", and the Turkish "İ" and "ı" become "i".
 *
 * Accents, spaces between characters, "_" and "-", "O" and "0" stay different. Two ASCII characters become equal only
 * if they differ in case.
 */
export function normalizedCode(code: string): string {
  const plain = typedCode(code);
  if (PLAIN.test(plain) || isTooLong(visibleCode(code))) return plain.toLowerCase();
  // "ẞ" becomes "ß", then "SS", then "ss".
  const folded = plain.toLowerCase().toUpperCase().toLowerCase();
  return folded
    .replace(/i\u0307+/g, 'i')
    .replaceAll('ς', 'σ')
    .normalize('NFC');
}

/**
 * The normalized code with ASCII characters in place of look-alikes from other alphabets. Used for a look-up only if no
 * promo code has the normalized code.
 */
export function codeSkeleton(code: string): string {
  const normalized = normalizedCode(code);
  return PLAIN.test(normalized) ? normalized : normalizedCode(plainLookAlikes(normalized));
}

/** The customer's input in plain characters, with its case: steps 1 to 5 of {@link normalizedCode}. */
export function typedCode(text: string): string {
  const visible = visibleCode(text);
  if (PLAIN.test(visible) || isTooLong(visible)) return visible;
  return tidy(visible.normalize('NFKC').replace(DIGITS, asciiDigit).replace(HYPHENS, '-'));
}

/**
 * The spellings under which a provider may have the code that a customer typed, likeliest first: in plain characters,
 * as typed, normalized, and with ASCII characters for look-alikes. Spellings that differ only in case count as one.
 */
export function spellingsOf(text: string): string[] {
  const spellings = [typedCode(text), visibleCode(text), normalizedCode(text), codeSkeleton(text)];
  const lower = spellings.map((spelling) => spelling.toLowerCase());
  return spellings.filter((_, index) => lower.indexOf(lower[index] ?? '') === index);
}

/** What is wrong with the text of a new code; undefined if it is valid. */
export function codeFault(code: string): InputFault | undefined {
  const fault = lookUpFault(code);
  if (fault !== undefined) return fault;
  const text = code.trim();
  // U+FE0F is allowed: it is part of many emoji.
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?!\ufe0f)\p{Default_Ignorable_Code_Point}/u.test(text)) {
    return { code: 'MALFORMED', message: 'must not hold control or invisible characters' };
  }
  if (BLANKS_BUT_SPACE.test(text)) return { code: 'MALFORMED', message: 'must not hold blanks other than a space' };
  if (text.normalize('NFKC') !== text)
    return { code: 'MALFORMED', message: 'must be written in plain characters (Unicode NFKC)' };
  if (LETTERS.filter((script) => script.test(text)).length > 1) {
    return { code: 'MALFORMED', message: 'must not mix scripts (letters that look alike)' };
  }
  return undefined;
}

/** Why no code can match this input; undefined if one can. */
export function lookUpFault(text: string): InputFault | undefined {
  const visible = visibleCode(text);
  if (visible === '') return { code: 'REQUIRED', message: 'must not be empty' };
  if (isTooLong(visible)) return { code: 'TOO_LONG', message: `must have at most ${MAX_LENGTH} characters` };
  // Half a surrogate pair becomes U+FFFD in the store and at providers, so two such codes would become equal.
  if (!visible.isWellFormed()) return { code: 'MALFORMED', message: 'must be well-formed Unicode' };
  if (/\p{Cc}/u.test(visible)) return { code: 'MALFORMED', message: 'must not hold control or invisible characters' };
  return undefined;
}

/** A random code of 12 characters (about 59 bits), for a creation that names none. */
export function randomCode(): string {
  return Array.from({ length: 12 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/** The input without invisible characters and extra white space. If it is too long: its unchanged beginning. */
function visibleCode(text: string): string {
  if (text.length > LONGEST_CODE_INPUT) return text.slice(0, LONGEST_CODE_INPUT);
  return PLAIN.test(text) ? text : tidy(text.replace(INVISIBLE, ''));
}

function tidy(text: string): string {
  return text.replace(BLANKS, ' ').trim();
}

function isTooLong(text: string): boolean {
  return text.length > MAX_LENGTH;
}

/** Unicode lists the ten digits of a script consecutively, starting with zero. */
function asciiDigit(digit: string): string {
  const point = digit.codePointAt(0) ?? 0;
  let first = point;
  while (/\p{Decimal_Number}/u.test(String.fromCodePoint(first - 1))) first -= 1;
  return String((point - first) % 10);
}
