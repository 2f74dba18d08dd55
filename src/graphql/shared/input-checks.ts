import { z } from 'zod';
import { codeFault, lookUpFault } from '../../domain/codes/code.ts';

/*
 * Checks of input values that several fields share. A scalar checks the JSON kind of its value only, so that every other
 * fault is reported with the path of its field.
 */

/** A zod schema for a text. The function returns the fault of a text, or undefined. */
export function checkedBy(faultOf: (text: string) => string | undefined): z.ZodType<string> {
  return z.string().superRefine((text, context) => {
    const message = faultOf(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

/** A code to create. */
export const newCode = checkedBy(codeFault);

/** A code that a customer typed. */
export const typedCode = checkedBy(lookUpFault);

const rfc3339 = z.iso.datetime({ offset: true });

export const instantText = checkedBy((text) => {
  if (!rfc3339.safeParse(text).success) return 'must be an RFC 3339 instant';
  // An offset can lead out of the years that RFC 3339 can write.
  return /^\d{4}-/.test(new Date(text).toISOString()) ? undefined : 'must be in a year from 0000 to 9999, as UTC';
});

/** Half a surrogate pair is stored as U+FFFD, so that two such ids or keys would become one. */
const NOT_WELL_FORMED = 'must be well-formed Unicode';

/** Text that goes to a provider or into the ledger as it is: an id, a reason. */
export const plainText = checkedBy((text) => {
  if (text.trim() === '') return 'must not be empty';
  if (!text.isWellFormed()) return NOT_WELL_FORMED;
  return /\p{Cc}/u.test(text) ? 'must not contain control characters' : undefined;
});

export const idempotencyKey = z
  .string()
  .min(1, 'must not be empty')
  .refine((key) => key.isWellFormed(), NOT_WELL_FORMED)
  .refine((key) => !key.includes('\0'), 'must not contain U+0000');

/** A limit on uses. */
export const positiveCount = z
  .number()
  .refine((count) => Number.isSafeInteger(count) && count >= 1, 'must be a whole number from 1 to 2^53 - 1');

/** What servers in other languages and their databases change, merge or cannot store. */
const NOT_STORABLE = 'must be well-formed Unicode without U+0000, as a key and as a value';

/** Metadata. Not a `z.record`, which drops a key `__proto__`. */
export const metadataObject = z.custom<Record<string, unknown>>().superRefine((metadata, context) => {
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') context.addIssue({ code: 'custom', path: [key], message: 'must be a string' });
    else if (!isStorable(key) || !isStorable(value))
      context.addIssue({ code: 'custom', path: [key.toWellFormed()], message: NOT_STORABLE });
  }
});

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
