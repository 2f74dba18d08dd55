import { type Answer, jsonAnswer, Refusal } from '../server/answer.ts';

/** What a refusal by Stripe says besides its message. */
export interface RefusalDetails {
  /** Default: 400. */
  status?: number;
  /** Default: "invalid_request_error". */
  type?: string;
  code?: string;
  /** The parameter at fault, such as "restrictions[minimum_amount]". */
  param?: string;
  /**
   * Whether the endpoint had started to execute: then an idempotency key stores the refusal. Otherwise the request
   * itself is invalid.
   */
  isExecuted?: boolean;
  headers?: Record<string, string>;
}

/** Builds a refusal with one of Stripe's texts. */
export type StripeRefuse = (message: string, details?: RefusalDetails) => Refusal;

/** A refusal that an idempotency key stores, like a success. */
export class ExecutedRefusal extends Refusal {}

/** A refusal in Stripe's error envelope. */
export const stripeRefusal: StripeRefuse = (message, details = {}) => {
  const answer = errorAnswer(message, details);
  return details.isExecuted ? new ExecutedRefusal(answer) : new Refusal(answer);
};

/** The refusal of an id that does not exist. `noun` is what Stripe calls the object, such as "promotion code". */
export function noSuch(refuse: StripeRefuse, noun: string, id: string, details: RefusalDetails = {}): Refusal {
  const param = noun.replaceAll(' ', '_');
  return refuse(`No such ${noun}: '${id}'`, { status: 404, code: 'resource_missing', param, ...details });
}

function errorAnswer(message: string, details: RefusalDetails): Answer {
  const { status = 400, type = 'invalid_request_error', code, param, headers } = details;
  return jsonAnswer(status, { error: { ...(code && { code }), message, ...(param && { param }), type } }, headers);
}
