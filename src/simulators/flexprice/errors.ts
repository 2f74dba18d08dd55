import { jsonAnswer, Refusal } from '../server/answer.ts';
import type { FlexpriceSwitches } from './switches.ts';

const STATUSES = {
  validation_error: 400,
  not_found: 404,
  already_exists: 409,
  database_error: 500,
} as const;
type Code = keyof typeof STATUSES;

/** The message of an error for which the server has no hint. */
export const NO_HINT = 'An unexpected error occurred';

/** Builds a refusal by Flexprice. Default `message`: {@link NO_HINT}. */
export type Refuse = (code: Code, message?: string, details?: Record<string, unknown>) => Refusal;

/** Builds Flexprice's refusals, in the flat or the nested shape. */
export function flexpriceRefusals({ errors }: Pick<FlexpriceSwitches, 'errors'>): Refuse {
  return (code, message = NO_HINT, details) => {
    const status = STATUSES[code];
    const body =
      errors === 'flat'
        ? { code, message, http_status_code: status, details }
        : { success: false, error: { message, internal_error: code.replaceAll('_', ' '), details } };
    return new Refusal(jsonAnswer(status, body));
  };
}
