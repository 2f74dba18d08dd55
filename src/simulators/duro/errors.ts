import type { z } from 'zod';
import { jsonAnswer, Refusal } from '../server/answer.ts';

/** Status and `code` of each error (source: Duro's errors page). */
const CODES = {
  400: 'bad_request',
  401: 'unauthorized',
  404: 'not_found',
  409: 'conflict',
  422: 'validation_error',
} as const;

/** What is wrong with one field. */
export interface Detail {
  path: string;
  issue: string;
}

/** Builds a refusal by Duro. */
export interface Refuse {
  (status: 400 | 401 | 404 | 409, message: string): Refusal;
  (status: 422, details: Detail[]): Refusal;
}

/**
 * Builds Duro's refusals.
 * @param okFalse whether an error body also has `ok: false`: Duro's guides and its errors page disagree
 */
export function duroRefusals(okFalse: boolean): Refuse {
  return (status: keyof typeof CODES, reason: string | Detail[]) => {
    const error =
      typeof reason === 'string'
        ? { code: CODES[status], message: reason }
        : { code: CODES[status], message: summary(reason), details: reason };
    return new Refusal(jsonAnswer(status, okFalse ? { ok: false, error } : { error }));
  };
}

/** One detail per invalid field. */
export function validationDetails(error: z.ZodError, body: unknown): Detail[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((path) => ({ path, issue: 'is not a known field' }));
    }
    const path = issue.path.map(String).join('.');
    return [{ path, issue: isMissing(body, issue.path) ? 'is required' : issue.message }];
  });
}

function isMissing(body: unknown, [field]: PropertyKey[]): boolean {
  return typeof body === 'object' && body !== null && field !== undefined && !Object.hasOwn(body, field);
}

function summary([first]: Detail[]): string {
  return first === undefined ? 'The request is not valid' : `${first.path} ${first.issue}`.trim();
}
