import { GraphQLError } from 'graphql';
import type { z } from 'zod';
import type { InputIssue, InvalidInput } from '../../domain/redemption/results.ts';

/** The input cannot be used. A member of the result where the field has one, an entry in `errors` elsewhere. */
export class InputError extends GraphQLError {
  readonly kind = 'INVALID_INPUT';
  readonly issues: InputIssue[];

  constructor(issues: InputIssue[]) {
    super('The input is not valid', { extensions: { code: 'BAD_USER_INPUT', issues } });
    this.issues = issues;
  }
}

/** What zod has to say of the arguments: the first thing that is wrong with each field. */
export function inputErrorOf(error: z.ZodError): InputError {
  const issues = new Map<string, InputIssue>();
  for (const { path, message } of error.issues) {
    const field = JSON.stringify(path);
    if (!issues.has(field)) issues.set(field, { path: path.map(String), message });
  }
  return new InputError([...issues.values()]);
}

/** An action's answer without bad input, which every field reports in the same way. */
export function acceptInput<Answer>(answer: Answer | InvalidInput): Answer {
  if (isInvalid(answer)) throw new InputError(answer.issues);
  return answer;
}

function isInvalid(answer: unknown): answer is InvalidInput {
  return typeof answer === 'object' && answer !== null && 'kind' in answer && answer.kind === 'INVALID_INPUT';
}
