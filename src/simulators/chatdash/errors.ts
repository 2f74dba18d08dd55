import { jsonAnswer, Refusal } from '../server/answer.ts';
import type { ChatdashSwitches } from './switches.ts';

/** A refusal in ChatDash's own words. `error` is a text, never an object. */
export function chatdashRefusal(status: number, error: string): Refusal {
  return new Refusal(jsonAnswer(status, { error }));
}

/** Builds a refusal in Stripe's words; the status is Stripe's own and 400 when absent. */
export type StripeRefuse = (message: string, status?: number) => Refusal;

export function stripeRefusals({ stripeRefusals: status }: Pick<ChatdashSwitches, 'stripeRefusals'>): StripeRefuse {
  return (message, ownStatus = 400) => chatdashRefusal(status === 'as-stripe' ? ownStatus : status, message);
}
