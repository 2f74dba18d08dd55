import { z } from 'zod';
import { codeFault, lookUpFault } from '../promo/code.ts';
import type { Instant, Metadata } from '../promo/promotion.ts';
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

/** Text that goes to a provider or into the ledger as it is: an id, a reason. */
export const plainText = judgedBy((text) => {
  if (text.trim() === '') return 'must not be empty';
  if (text.length > 255) return 'must have at most 255 characters';
  if (!text.isWellFormed()) return NOT_WELL_FORMED;
  return /\p{Cc}/u.test(text) ? 'must not hold control characters' : undefined;
});
/** A limit on uses. */
export const positiveCount = z
  .number()
  .refine((count) => Number.isSafeInteger(count) && count >= 1, 'must be a whole number from 1 to 2^53 - 1');
const KEY_LENGTH = 'must have 1 to 255 characters';
/** What every idempotency key has in common. */
export const keyField = {
  description:
    'Of your choice, 1 to 255 characters: a repeat with the same key and input gives the same object and does nothing twice.',
  validate: {
    schema: z
      .string()
      .min(1, KEY_LENGTH)
      .max(255, KEY_LENGTH)
      .refine((key) => key.isWellFormed(), NOT_WELL_FORMED),
  },
};
export const metadataObject = z.record(z.string(), z.unknown()).superRefine((metadata, context) => {
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') context.addIssue({ code: 'custom', path: [key], message: 'must be a string' });
    if (key.startsWith('promo_gateway_'))
      context.addIssue({ code: 'custom', path: [key], message: 'is a name of the gateway' });
  }
});

const metadataStrings = z.record(z.string(), z.string());

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
  return metadataStrings.parse(metadata);
}

export function isBefore(earlier: string | null | undefined, later: string | null | undefined): boolean {
  return !earlier || !later || Number.isNaN(Date.parse(earlier)) || !(toInstant(later) <= toInstant(earlier));
}
