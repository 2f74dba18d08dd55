import type { builder } from '../builder.ts';
import { idempotencyKey, instantText, plainText } from './input-checks.ts';

/** The builder that the `fields` function of an input type receives. */
export type InputFields = PothosSchemaTypes.InputFieldBuilder<typeof builder.$inferSchemaTypes, 'InputObject'>;

/** The options of a DateTime field. */
export function instant(description: string) {
  return { type: 'DateTime' as const, description, validate: { schema: instantText } };
}

/** The options of a field whose text goes to a provider or into the ledger as it is. */
export function plain(description: string) {
  return { description, validate: { schema: plainText } };
}

/** The options of every idempotency key. */
export const keyField = {
  description:
    'Client-chosen and not empty. Repeating a call with the same key and input returns the same object and has no further effect.',
  validate: { schema: idempotencyKey },
};

/** The fields of a filter by the time of creation. */
export function createdRange(t: InputFields) {
  return {
    createdAfter: t.field(instant('Created after this instant.')),
    createdBefore: t.field(instant('Created before this instant.')),
  };
}

/** The end of the description of a filter condition that has no index in some order. */
export const MAY_BE_SHORT =
  'A page reads at most 10,000 rows, and an operation at most 100,000 in all, so a page may have fewer rows than requested although `hasNextPage` is true. Continue from `endCursor`.';
