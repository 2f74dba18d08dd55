import { GraphQLError } from 'graphql';
import type { z } from 'zod';
import { type InputIssue, type InputIssueCode, isInputIssueCode } from '../../domain/redemption/input-issue.ts';
import type { InvalidInput } from '../../domain/redemption/outcomes.ts';

/** The input is not valid. A member of the result if the field has a result union, otherwise an entry in `errors`. */
export class InputError extends GraphQLError {
  readonly kind = 'INVALID_INPUT';
  readonly issues: InputIssue[];

  constructor(issues: InputIssue[]) {
    super('The input is not valid', { extensions: { code: 'BAD_USER_INPUT', issues } });
    this.issues = issues;
  }
}

/** The faults that zod has found: the first one of each field. */
export function inputErrorOf(error: z.ZodError): InputError {
  const issues = new Map<string, InputIssue>();
  for (const issue of error.issues) {
    const field = JSON.stringify(issue.path);
    const { path, message } = issue;
    if (!issues.has(field)) issues.set(field, { path: path.map(String), code: codeOf(issue), message });
  }
  return new InputError([...issues.values()]);
}

/** The code of our own checks is in their parameters. Those of zod are of values that have the right type. */
function codeOf(issue: z.core.$ZodIssue): InputIssueCode {
  if (issue.code === 'invalid_type') return 'WRONG_TYPE';
  const code: unknown = issue.code === 'custom' ? issue.params?.code : undefined;
  return isInputIssueCode(code) ? code : 'OUT_OF_RANGE';
}

/**
 * An answer of the gateway, unless it is that the input is not valid.
 * @throws {InputError} which every field reports in the same way
 */
export function acceptInput<Answer>(answer: Answer | InvalidInput): Answer {
  if (isInvalid(answer)) throw new InputError(answer.issues);
  return answer;
}

function isInvalid(answer: unknown): answer is InvalidInput {
  return typeof answer === 'object' && answer !== null && 'kind' in answer && answer.kind === 'INVALID_INPUT';
}
