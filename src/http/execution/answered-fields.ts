import type { GraphQLError } from 'graphql';
import type { FieldOutcome } from '../../graphql/shared/outcome.ts';
import type { AnsweredField } from '../../telemetry/request-log.ts';
import { codeOf } from './error-codes.ts';
import type { OperationFacts } from './operation-facts.ts';

interface Answered {
  /** Null or absent: no field has an answer. */
  data?: unknown;
  errors: readonly GraphQLError[];
  outcomes: readonly FieldOutcome[];
}

/** What became of each root field of an operation. An error without a path concerns all of them. */
export function answeredFields(facts: OperationFacts | undefined, answered: Answered): AnsweredField[] {
  const { data, errors, outcomes } = answered;
  const codes = new Map<string | number | undefined, string>();
  // The first error of a field counts.
  for (const error of errors.toReversed()) codes.set(error.path?.[0], codeOf(error));
  const ofOperation = codes.get(undefined);
  const noted = new Map(outcomes.map((one) => [one.key, one]));
  const fields: AnsweredField[] = [];
  for (const [key, field] of facts?.rootFields ?? []) {
    // Left out by @skip or @include.
    if (typeof data === 'object' && data !== null && !Object.hasOwn(data, key)) continue;
    const { outcome = 'OK', settled } = noted.get(key) ?? {};
    const code = codes.get(key) ?? ofOperation ?? outcome;
    fields.push({ field, outcome: code, ...(settled && { settled }) });
  }
  return fields;
}
