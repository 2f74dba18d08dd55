import { z } from 'zod';
import { codeFault, lookUpFault } from '../../domain/codes/code.ts';
import type { InputFault, InputIssueCode } from '../../domain/redemption/input-issue.ts';

/*
 * Checks of input values that several fields share. A scalar checks the JSON kind of its value only, so that every other
 * fault is reported with the path of its field.
 */

/** A zod schema for a text. The function returns the fault of a text, or undefined. */
export function checkedBy(faultOf: (text: string) => InputFault | undefined): z.ZodType<string> {
  return z.string().superRefine((text, context) => {
    const fault = faultOf(text);
    if (fault !== undefined) context.addIssue({ code: 'custom', ...reported(fault) });
  });
}

/** A fault as zod reports it. {@link inputErrorOf} takes the code from the parameters. */
export function reported({ code, message }: InputFault) {
  return { message, params: { code } };
}

/** The fault that a check of a whole input reports. @param path of the field that is at fault */
export function faultAt(path: string[], code: InputIssueCode, message: string) {
  return { ...reported({ code, message }), path };
}

/** A code to create. */
export const newCode = checkedBy(codeFault);

/** A code that a customer typed. */
export const typedCode = checkedBy(lookUpFault);

const rfc3339 = z.iso.datetime({ offset: true });

export const instantText = checkedBy((text) => {
  if (!rfc3339.safeParse(text).success) return { code: 'MALFORMED', message: 'must be an RFC 3339 instant' };
  // An offset can lead out of the years that RFC 3339 can write.
  if (/^\d{4}-/.test(new Date(text).toISOString())) return undefined;
  return { code: 'OUT_OF_RANGE', message: 'must be in a year from 0000 to 9999, as UTC' };
});

/** Half a surrogate pair is stored as U+FFFD, so that two such ids or keys would become one. */
const NOT_WELL_FORMED: InputFault = { code: 'MALFORMED', message: 'must be well-formed Unicode' };

/** Text that goes to a provider or into the ledger as it is: an id, a reason. */
export const plainText = checkedBy((text) => {
  if (text.trim() === '') return { code: 'REQUIRED', message: 'must not be empty' };
  if (!text.isWellFormed()) return NOT_WELL_FORMED;
  if (/\p{Cc}/u.test(text)) return { code: 'MALFORMED', message: 'must not contain control characters' };
  return undefined;
});

export const idempotencyKey = checkedBy((key) => {
  if (key === '') return { code: 'REQUIRED', message: 'must not be empty' };
  if (!key.isWellFormed()) return NOT_WELL_FORMED;
  return key.includes('\0') ? { code: 'MALFORMED', message: 'must not contain U+0000' } : undefined;
});

/** A limit on uses. */
export const positiveCount = z
  .number()
  .refine(
    (count) => Number.isSafeInteger(count) && count >= 1,
    reported({ code: 'OUT_OF_RANGE', message: 'must be a whole number from 1 to 2^53 - 1' }),
  );

/** What servers in other languages and their databases change, merge or cannot store. */
const NOT_STORABLE: InputFault = {
  code: 'MALFORMED',
  message: 'must be well-formed Unicode without U+0000, as a key and as a value',
};

const NOT_TEXT: InputFault = { code: 'WRONG_TYPE', message: 'must be a string' };

/** Metadata. Not a `z.record`, which drops a key `__proto__`. */
export const metadataObject = z.custom<Record<string, unknown>>().superRefine((metadata, context) => {
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') context.addIssue({ code: 'custom', path: [key], ...reported(NOT_TEXT) });
    else if (!isStorable(key) || !isStorable(value))
      context.addIssue({ code: 'custom', path: [key.toWellFormed()], ...reported(NOT_STORABLE) });
  }
});

function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
