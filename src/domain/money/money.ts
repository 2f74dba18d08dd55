import Big from 'big.js';
import { currencyDecimals } from './currency.ts';

/** An amount in a currency's minor units (kobo, cents), a safe integer. */
export interface Money {
  minorUnits: number;
  /** An ISO 4217 code in upper case; XXX if the provider returns none. */
  currency: string;
}

/** The amount in major units, as an exact decimal with the currency's decimals: "5000.00" for 500000 kobo. */
export function majorUnits({ minorUnits, currency }: Money): string {
  const decimals = currencyDecimals(currency);
  return new Big(minorUnits).div(new Big(10).pow(decimals)).toFixed(decimals);
}

/**
 * Converts a decimal amount in major units. Rounds half away from zero to the decimals of the currency.
 * @throws when `amount` is not a decimal, or has more than 2^53 - 1 minor units
 */
export function moneyFromMajorUnits(amount: string, currency: string): Money {
  const minorUnits = roundToInteger(new Big(amount).times(new Big(10).pow(currencyDecimals(currency))));
  return { minorUnits, currency };
}

/**
 * `from` minus `amount`. May be negative.
 * @throws when the currencies differ
 */
export function subtract(from: Money, amount: Money): Money {
  if (from.currency !== amount.currency) throw new Error(`${amount.currency} cannot be taken from ${from.currency}`);
  return { minorUnits: from.minorUnits - amount.minorUnits, currency: from.currency };
}

/**
 * The rounding rule of all amounts: half away from zero.
 * @throws {RangeError} when the result is not a safe integer
 */
export function roundToInteger(value: Big): number {
  const rounded = Number(value.round(0, Big.roundHalfUp).toFixed());
  if (!Number.isSafeInteger(rounded)) throw new RangeError(`${value.toFixed()} is not within the safe integers`);
  return rounded;
}
