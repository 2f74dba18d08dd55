import { jsonAnswer, Refusal } from '../server/answer.ts';
import type { ChatdashSwitches } from './switches.ts';

/** A refusal by ChatDash itself. `error` is a text, never an object. */
export function chatdashRefusal(status: number, error: string): Refusal {
  return new Refusal(jsonAnswer(status, { error }));
}

/** Builds a refusal by Stripe. `status` is the one that Stripe itself would send. Default: 400. */
export type StripeRefuse = (message: string, status?: number) => Refusal;

/** Builds Stripe's refusals as ChatDash forwards them: with one status for all, or with Stripe's. */
export function stripeRefusals({ stripeRefusals: status }: Pick<ChatdashSwitches, 'stripeRefusals'>): StripeRefuse {
  return (message, ownStatus = 400) => chatdashRefusal(status === 'as-stripe' ? ownStatus : status, message);
}
