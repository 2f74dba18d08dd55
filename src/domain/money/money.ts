import Big from 'big.js';
import { currencyDecimals } from './currency.ts';

/** An amount in a currency's minor units (kobo, cents), a safe integer. */
export interface Money {
  minorUnits: number;
  /** ISO 4217, upper case, or XXX where a provider states none. */
  currency: string;
}

/** The amount in major units as an exact decimal with the currency's decimals: 500000 kobo is "5000.00". */
export function majorUnits({ minorUnits, currency }: Money): string {
  const decimals = currencyDecimals(currency);
  return new Big(minorUnits).div(new Big(10).pow(decimals)).toFixed(decimals);
}

/**
 * Minor units from a decimal in major units. More decimals than the currency has are rounded half away from zero.
 * @throws when `amount` is not a decimal or its minor units pass 2^53 - 1
 */
export function moneyFromMajorUnits(amount: string, currency: string): Money {
  const minorUnits = roundToInteger(new Big(amount).times(new Big(10).pow(currencyDecimals(currency))));
  return { minorUnits, currency };
}

/** @throws when the two are of different currencies */
export function subtract(from: Money, amount: Money): Money {
  if (from.currency !== amount.currency) throw new Error(`${amount.currency} cannot be taken from ${from.currency}`);
  return { minorUnits: from.minorUnits - amount.minorUnits, currency: from.currency };
}

/** The one rounding rule: half away from zero. */
export function roundToInteger(value: Big): number {
  const rounded = Number(value.round(0, Big.roundHalfUp).toFixed());
  if (!Number.isSafeInteger(rounded)) throw new RangeError(`${value.toFixed()} is beyond the largest safe integer`);
  return rounded;
}
