import { z } from 'zod';
import type { StripeRefuse } from './errors.ts';
import type { Parameters } from './requests/stripe-parameters.ts';

/** Amounts in minor units, by currency in lower case. */
export const CurrencyOptions = z.record(z.string(), z.int());
export type CurrencyOptions = z.infer<typeof CurrencyOptions>;

/**
 * Reads `currency_options`.
 * @param terms `amount`: the name of the amount in each option; `currency`: the main one, which is no option
 * @throws {Refusal} with Stripe's text
 */
export function newCurrencyOptions(
  parameters: Parameters,
  { amount, currency, refuse }: { amount: string; currency: string | null; refuse: StripeRefuse },
): CurrencyOptions {
  const options = parameters.byCurrency('currency_options').map(([key, option]): [string, number] => {
    if (key === currency) {
      throw refuse(`The currency \`${key}\` may not be in currency_options, because it is the main currency.`, {
        param: parameters.fullName('currency_options'),
      });
    }
    option.requiredText(amount);
    return [key, option.integer(amount) ?? 0];
  });
  return Object.fromEntries(options);
}
