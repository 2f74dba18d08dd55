import type { Instant } from '../promotion/promotion.ts';
import { normalizedCode } from './code.ts';

/** A text that was tried as a code, and failed. */
export interface TriedText {
  at: Instant;
  text: string;
  /** Whether it counted as an attempt. The texts that type it on do not. */
  isCounted: boolean;
}

/** How long a person who types may pause. */
export const LONGEST_PAUSE_MS = 5000;

/** How many texts one code takes at most, while it is typed. */
export const MOST_TEXTS = 32;

/**
 * Whether a text types a code on that was begun before. A quote box asks with each letter, so a person tries "S", "SA",
 * "SAV" before "SAVE10": together they are one attempt. A text types on if it begins with the longest text since the
 * last one that counted, or was one of those. A guess that takes another branch counts.
 * @param tried what the same person tried before, newest first: {@link MOST_TEXTS} are enough
 */
export function typesOn(tried: readonly TriedText[], text: string, now: Instant): boolean {
  const [latest] = tried;
  const begin = tried.findIndex(({ isCounted }) => isCounted);
  if (!latest || begin < 0 || begin + 1 >= MOST_TEXTS || now - latest.at > LONGEST_PAUSE_MS) return false;
  const texts = tried.slice(0, begin + 1).map((one) => normalizedCode(one.text));
  const longest = texts.reduce((one, other) => (other.length > one.length ? other : one));
  const typed = normalizedCode(text);
  return typed.startsWith(longest) || texts.includes(typed);
}
