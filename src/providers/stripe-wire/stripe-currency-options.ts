import { z } from 'zod';
import type { Money } from '../../domain/money/money.ts';
import { fromStripeAmount, isStripeCurrency, toStripeAmount } from './stripe-money.ts';

/** Amounts in other currencies, by currency in lower case. `name`: the field of each with the amount. */
export function currencyOptionsAnswer(name: string) {
  const option = z.record(z.string(), z.unknown()).transform((fields) => fields[name]);
  return z.record(z.string(), option.pipe(z.int())).nullish();
}

/** The `currency_options` that state amounts in other currencies; undefined without any. */
export function toOptionsWire(name: string, options: readonly Money[] = []) {
  if (options.length === 0) return undefined;
  return Object.fromEntries(
    options.map((amount) => [amount.currency.toLowerCase(), { [name]: toStripeAmount(amount) }]),
  );
}

/**
 * Reads `currency_options`, in the order of the currencies. Leaves out the main currency, which Stripe repeats among them, and
 * currencies whose decimals at Stripe are not known: an order in one of them is refused.
 * @returns undefined if the answer has none
 */
export function toOptions(
  options: Record<string, number> | null | undefined,
  mainCurrency: string | null | undefined,
): Money[] | undefined {
  if (!options) return undefined;
  return Object.entries(options)
    .filter(([currency]) => currency !== mainCurrency && isStripeCurrency(currency))
    .map(([currency, amount]) => fromStripeAmount(amount, currency))
    .toSorted((one, other) => (one.currency < other.currency ? -1 : 1));
}
