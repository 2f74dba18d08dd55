import { z } from 'zod';
import { codeFault, lookUpFault } from '../../domain/codes/code.ts';
import type { Instant, Metadata } from '../../domain/promotion/promotion.ts';
import { textMap } from '../../domain/promotion/text-map.ts';
import { judgedBy } from './terms.ts';

/*
 * What input fields have in common: how each kind is judged, and what it becomes once it has been. Absent and null mean
 * the same unless a field says that null clears.
 */

export const codeText = judgedBy(codeFault);
export const typedCodeText = judgedBy(lookUpFault);
export const instantText = judgedBy((text) => {
  if (!rfc3339.safeParse(text).success) return 'must be an RFC 3339 instant';
  // An offset can lead out of the years that RFC 3339 can write.
  return /^\d{4}-/.test(new Date(text).toISOString()) ? undefined : 'must be in a year from 0000 to 9999, as UTC';
});
const rfc3339 = z.iso.datetime({ offset: true });

/** Half a surrogate pair is stored as U+FFFD, so that two such ids or keys would be one. */
const NOT_WELL_FORMED = 'must be well-formed Unicode';

/** What servers in other languages and their databases change, merge or cannot store. */
const NOT_KEEPABLE = 'must be well-formed Unicode without U+0000, as a key and as a value';

function isKeepable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** Text that goes to a provider or into the ledger as it is: an id, a reason. */
export const plainText = judgedBy((text) => {
  if (text.trim() === '') return 'must not be empty';
  if (!text.isWellFormed()) return NOT_WELL_FORMED;
  return /\p{Cc}/u.test(text) ? 'must not hold control characters' : undefined;
});
/** A limit on uses. */
export const positiveCount = z
  .number()
  .refine((count) => Number.isSafeInteger(count) && count >= 1, 'must be a whole number from 1 to 2^53 - 1');
/** What every idempotency key has in common. */
export const keyField = {
  description:
    'Client-chosen and not empty. Repeating a call with the same key and input returns the same object and has no further effect.',
  validate: {
    schema: z
      .string()
      .min(1, 'must not be empty')
      .refine((key) => key.isWellFormed(), NOT_WELL_FORMED),
  },
};
/** As it is: `z.record` would drop a key `__proto__`. */
export const metadataObject = z.custom<Record<string, unknown>>().superRefine((metadata, context) => {
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') context.addIssue({ code: 'custom', path: [key], message: 'must be a string' });
    else if (!isKeepable(key) || !isKeepable(value))
      context.addIssue({ code: 'custom', path: [key.toWellFormed()], message: NOT_KEEPABLE });
  }
});

export function isGiven<Value>(value: Value | null | undefined): value is Value {
  return value !== null && value !== undefined;
}

export function toInstant(text: string): Instant {
  return Date.parse(text);
}

export function toGivenInstant(text: string | null | undefined): Instant | undefined {
  return text ? toInstant(text) : undefined;
}

/** A change of an instant: absent stays, null clears. */
export function toInstantChange(text: string | null | undefined): Instant | null | undefined {
  return text ? toInstant(text) : text === null ? null : undefined;
}

export function toMetadata(metadata: Record<string, unknown>): Metadata {
  // A literal has no prototype, which a comparison of objects would take for a difference.
  return textMap.parse(Object.fromEntries(Object.entries(metadata)));
}

export function isBefore(earlier: string | null | undefined, later: string | null | undefined): boolean {
  return !earlier || !later || Number.isNaN(Date.parse(earlier)) || !(toInstant(later) <= toInstant(earlier));
}
