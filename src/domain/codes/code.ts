import { randomInt } from 'node:crypto';
import { plainLookAlikes } from './look-alikes.ts';

/** The longest code text that is stored or looked up; every provider's own limit is at or below it. */
const MAX_LENGTH = 500;

/**
 * The longest text, in UTF-16 units, in which a code is looked for: pasted codes come with characters that nobody sees.
 * Of a longer one only this much is ever looked at, wherever it comes from.
 */
export const LONGEST_CODE_INPUT = 1000;

/** Letters and digits that nobody confuses when a code is read aloud or typed from paper. */
const ALPHABET = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';

/**
 * Version of {@link normalizedCode} and {@link codeSkeleton}: their steps, and the Unicode tables of the runtime. The store
 * computes its keys again when it is another one. Count up with every change of the steps.
 */
export const NORMALIZATION_VERSION = `2/unicode-${process.versions.unicode}`;

/** Most codes: no step but the last changes them. */
const PLAIN = /^[!-~]*$/;
/** Zero-width characters, soft hyphens, marks of direction, variation selectors, fillers. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]/gu;
/** Every kind of white space, and the blank of Braille. */
const BLANKS = /[\p{White_Space}\u2800]+/gu;
const BLANKS_BUT_SPACE = /(?! )[\p{White_Space}\u2800]/u;
/** Hyphens, dashes and minus signs, the wavy and the double ones left out. */
const HYPHENS = /[[\p{Dash_Punctuation}\u02d7\u2043\u2212\u2796]--[\u301c\u3030\u30a0]]/gv;
const DIGITS = /(?![0-9])\p{Decimal_Number}/gu;

/** Latin, Cyrillic and so on: a look-alike from another script makes a second code that people cannot tell apart. */
const SCRIPTS = ['Latin', 'Cyrillic', 'Greek', 'Arabic', 'Hebrew', 'Armenian', 'Georgian', 'Devanagari', 'Thai'];
const EAST_ASIAN = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}`;
const NAMED_SCRIPTS = [...SCRIPTS.map((script) => String.raw`\p{Script=${script}}`), EAST_ASIAN];
const NO_SCRIPT = String.raw`\p{Script=Common}\p{Script=Inherited}`;
/** Letters of each script; those of all others count as one more. */
const LETTERS = [
  ...NAMED_SCRIPTS.map((script) => new RegExp(String.raw`[[${script}]&&\p{L}]`, 'v')),
  new RegExp(String.raw`[\p{L}--[${NO_SCRIPT}${NAMED_SCRIPTS.join('')}]]`, 'v'),
];

/**
 * The normalized code, under which a code is stored, compared and looked up, so that " launch–50 " finds LAUNCH-50. The
 * one function for it: creation, redemption, look-ups, lists and the store's index use it. In this order it
 *
 * 1. cuts a text of more than 1,000 UTF-16 units there and leaves it so, and else removes characters that nobody sees:
 *    zero-width characters, soft hyphens, byte order marks, marks of direction, variation selectors and fillers;
 * 2. makes one space of each run of white space of any kind, and removes it at the ends;
 * 3. leaves a text of more than 500 characters there: no code is that long;
 * 4. makes plain characters of full-width letters, ligatures and the like (Unicode NFKC);
 * 5. makes ASCII digits of the decimal digits of all scripts, and "-" of every hyphen, dash and minus sign;
 * 6. ignores case: "ß" is "ss", "ς" is "σ", and the Turkish "İ" and "ı" are "i".
 *
 * It does not correct what a person means: accents, blanks between characters, "_" and "-", "O" and "0" stay apart. No
 * two ASCII characters become one, upper and lower case excepted.
 */
export function normalizedCode(code: string): string {
  const plain = typedCode(code);
  if (PLAIN.test(plain) || isTooLong(visibleCode(code))) return plain.toLowerCase();
  // In this order "ẞ" becomes "ß", then "SS", then "ss".
  const folded = plain.toLowerCase().toUpperCase().toLowerCase();
  return folded
    .replace(/i\u0307+/g, 'i')
    .replaceAll('ς', 'σ')
    .normalize('NFC');
}

/**
 * The normalized code with ASCII characters for those of other alphabets that look like them. Compared only where no
 * code has the normalized code itself.
 */
export function codeSkeleton(code: string): string {
  const key = normalizedCode(code);
  return PLAIN.test(key) ? key : normalizedCode(plainLookAlikes(key));
}

/** What a customer typed, in plain characters: steps 1 to 5 of {@link normalizedCode}. */
export function typedCode(text: string): string {
  const visible = visibleCode(text);
  if (PLAIN.test(visible) || isTooLong(visible)) return visible;
  return tidy(visible.normalize('NFKC').replace(DIGITS, asciiDigit).replace(HYPHENS, '-'));
}

/**
 * The texts that a provider may have a code under that somebody typed, the likeliest first: in plain characters, as it
 * was typed, normalized, and with ASCII characters for what looks like them. Those that differ in case are one.
 */
export function spellingsOf(text: string): string[] {
  const spellings = [typedCode(text), visibleCode(text), normalizedCode(text), codeSkeleton(text)];
  const lower = spellings.map((spelling) => spelling.toLowerCase());
  return spellings.filter((_, index) => lower.indexOf(lower[index] ?? '') === index);
}

/** What is wrong with a code that somebody wants to create, or undefined. */
export function codeFault(code: string): string | undefined {
  const fault = lookUpFault(code);
  if (fault !== undefined) return fault;
  const text = code.trim();
  // An emoji is typed with the selector of its variation.
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|(?!\ufe0f)\p{Default_Ignorable_Code_Point}/u.test(text)) {
    return 'must not hold control or invisible characters';
  }
  if (BLANKS_BUT_SPACE.test(text)) return 'must not hold blanks other than a space';
  if (text.normalize('NFKC') !== text) return 'must be written in plain characters (Unicode NFKC)';
  if (LETTERS.filter((script) => script.test(text)).length > 1) {
    return 'must not mix scripts (letters that look alike)';
  }
  return undefined;
}

/** Why no code can be what somebody typed, or undefined. */
export function lookUpFault(text: string): string | undefined {
  const visible = visibleCode(text);
  if (visible === '') return 'must not be empty';
  if (isTooLong(visible)) return `must have at most ${MAX_LENGTH} characters`;
  // Half a surrogate pair reaches providers and the store as U+FFFD, so that two such codes would be one.
  if (!visible.isWellFormed()) return 'must be well-formed Unicode';
  return /\p{Cc}/u.test(visible) ? 'must not hold control or invisible characters' : undefined;
}

/** A code that nobody has, for a creation without one: 12 characters of about 59 bits. */
export function randomCode(): string {
  return Array.from({ length: 12 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/** A code as it was typed, without what nobody sees. Of a text that is too long to be one, the beginning as it is. */
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

/** Unicode has the ten digits of a script in a row, zero first. */
function asciiDigit(digit: string): string {
  const point = digit.codePointAt(0) ?? 0;
  let first = point;
  while (/\p{Decimal_Number}/u.test(String.fromCodePoint(first - 1))) first -= 1;
  return String((point - first) % 10);
}
