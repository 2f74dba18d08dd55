import type { ObjectParam } from '@pothos/core';
import { builder } from '../builder.ts';
import type { RequestContext } from '../context.ts';
import {
  ConflictType,
  IdempotencyConflictType,
  NotFoundType,
  ProviderErrorRef,
  RefusalType,
  UnsupportedType,
} from './errors.ts';
import { InputError } from './input-error.ts';

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

/** What can go wrong with a write that changes an object or builds on one. */
export const CHANGE_ERRORS = [
  'INVALID_INPUT',
  'NOT_FOUND',
  'CONFLICT',
  'UNSUPPORTED',
  'IDEMPOTENCY_CONFLICT',
  'PROVIDER_FAILED',
] as const;

export const REPLAYED =
  'True when the idempotency key has had this effect before; the object is shown as it is now. Also for an order that has redeemed already.';

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
    resolveType: (answer: unknown, context: RequestContext) => {
      if (!hasKind(answer)) return payload;
      note(answer, context);
      return types.get(answer.kind) ?? payload;
    },
  });
}

function hasKind(answer: unknown): answer is { kind: string; reason?: string } {
  return typeof answer === 'object' && answer !== null && 'kind' in answer;
}

/** What came of a write is what the log tells of it: a refusal by its reason. */
function note(answer: { kind: string; reason?: string }, { outcomes }: RequestContext): void {
  outcomes.push(answer.reason ?? answer.kind);
}
