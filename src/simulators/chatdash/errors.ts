import { jsonAnswer, Refusal } from '../server/answer.ts';
import type { StripeRefuse } from '../stripe/errors.ts';
import type { ChatdashSwitches } from './switches.ts';

/** A refusal by ChatDash itself. `error` is a text, never an object. */
export function chatdashRefusal(status: number, error: string): Refusal {
  return new Refusal(jsonAnswer(status, { error }));
}

/** Builds Stripe's refusals as ChatDash forwards them: only the text, with one status for all, or with Stripe's. */
export function stripeRefusals({ stripeRefusals: status }: Pick<ChatdashSwitches, 'stripeRefusals'>): StripeRefuse {
  return (message, { status: ownStatus = 400 } = {}) =>
    chatdashRefusal(status === 'as-stripe' ? ownStatus : status, message);
}
