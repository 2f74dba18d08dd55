import type { ObjectParam } from '@pothos/core';
import { builder } from '../builder.ts';
import {
  ConflictType,
  IdempotencyConflictType,
  NotFoundType,
  ProviderErrorRef,
  RefusalType,
  UnsupportedType,
} from './error-types.ts';
import { InputError } from './input-error.ts';
import { isOutcome } from './outcome.ts';

/** The type of each kind of answer that is not a payload. */
const ERRORS = {
  REFUSED: RefusalType,
  INVALID_INPUT: InputError,
  NOT_FOUND: NotFoundType,
  CONFLICT: ConflictType,
  UNSUPPORTED: UnsupportedType,
  IDEMPOTENCY_CONFLICT: IdempotencyConflictType,
  PROVIDER_FAILED: ProviderErrorRef,
} as const;

type ErrorKind = keyof typeof ERRORS;

/** The errors of a write that changes an object or creates one that refers to another. */
export const CHANGE_ERRORS = [
  'INVALID_INPUT',
  'NOT_FOUND',
  'CONFLICT',
  'UNSUPPORTED',
  'IDEMPOTENCY_CONFLICT',
  'PROVIDER_FAILED',
] as const;

export const REPLAYED =
  'True: an earlier call with this idempotency key had this effect, or the order had redeemed the promotion before. The object is shown as it is now.';

/**
 * The result of a write: its payload, or one of the errors that a caller can act on.
 * @param errors the kinds of answers besides the payload, in the order of the union's members
 */
export function resultUnion<Payload extends ObjectParam<typeof builder.$inferSchemaTypes>, Kind extends ErrorKind>(
  name: string,
  { description, payload, errors }: { description: string; payload: Payload; errors: readonly Kind[] },
) {
  const types = new Map<string, (typeof ERRORS)[Kind]>(errors.map((kind) => [kind, ERRORS[kind]]));
  return builder.errorUnion<Payload | (typeof ERRORS)[Kind]>(name, {
    description,
    types: [payload, ...types.values()],
    resolveType: (answer: unknown) => (isOutcome(answer) ? types.get(answer.kind) : undefined) ?? payload,
  });
}
