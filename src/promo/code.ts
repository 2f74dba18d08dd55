import { randomInt } from 'node:crypto';

/** The longest code text that is stored or looked up; every provider's own limit is at or below it. */
const MAX_LENGTH = 500;

/** Letters and digits that nobody confuses when a code is read aloud or typed from paper. */
const ALPHABET = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';

/** Latin, Cyrillic and so on: a look-alike from another script makes a second code that people cannot tell apart. */
const SCRIPTS = ['Latin', 'Cyrillic', 'Greek', 'Arabic', 'Hebrew', 'Armenian', 'Georgian', 'Devanagari', 'Thai'].map(
  (script) => new RegExp(`\\p{Script=${script}}`, 'u'),
);
const EAST_ASIAN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/**
 * The one spelling under which a code is looked up, so that " launch50 " finds LAUNCH50. Upper-case first: "ß" and "SS"
 * are the same code.
 */
export function codeKey(code: string): string {
  return typedCode(code).toUpperCase().toLowerCase();
}

/** What a customer typed, in plain characters: full-width letters and ligatures are the letters they stand for. */
export function typedCode(text: string): string {
  return text.normalize('NFKC').trim();
}

/** What is wrong with a code that somebody wants to create, or undefined. */
export function codeFault(code: string): string | undefined {
  const text = code.trim();
  if (text === '') return 'must not be empty';
  if (text.length > MAX_LENGTH) return `must have at most ${MAX_LENGTH} characters`;
  // Half a surrogate pair reaches providers and the store as U+FFFD, so that two such codes would be one.
  if (!text.isWellFormed()) return 'must be well-formed Unicode';
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)) return 'must not hold control or invisible characters';
  if (text.normalize('NFKC') !== text) return 'must be written in plain characters (Unicode NFKC)';
  if (scriptCount(text) > 1) return 'must not mix scripts (letters that look alike)';
  return undefined;
}

/** A code that nobody has, for a creation without one: 12 characters of about 59 bits. */
export function randomCode(): string {
  return Array.from({ length: 12 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

function scriptCount(text: string): number {
  return [...SCRIPTS, EAST_ASIAN].filter((script) => script.test(text)).length;
}
