import { currencyDecimals, isCurrency } from '../../domain/money/currency.ts';
import type { Money } from '../../domain/money/money.ts';

/** Stripe, currencies page: amounts in these are whole major units. */
const WITHOUT_DECIMALS = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF'.split(' '));
/** The same page: the last of the three digits must be 0. */
const WITH_THREE_DECIMALS = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND']);

/**
 * Whether an amount can be said in Stripe's minor units without a change of its value. Not so for a currency whose scale
 * there is unknown: UGX stands on Stripe's list without decimals and on its list of currencies that are sent with two.
 */
export function isStripeAmount({ minorUnits, currency }: Money): boolean {
  const exponent = exponentOf(currency);
  if (exponent === undefined) return false;
  const amount = shift(minorUnits, exponent);
  return Number.isSafeInteger(amount) && !(WITH_THREE_DECIMALS.has(currency) && amount % 10 !== 0);
}

/** The amount in Stripe's minor units, which for MGA and ISK are not those of ISO 4217. */
export function toStripeAmount({ minorUnits, currency }: Money): number {
  return shift(minorUnits, knownExponentOf(currency));
}

/**
 * @param currency as Stripe writes it, in lower case
 * @throws RangeError for a currency whose scale is unknown, or an amount that ISO 4217's minor units cannot say
 */
export function fromStripeAmount(amount: number, currency: string): Money {
  const code = currency.toUpperCase();
  const minorUnits = shift(amount, -knownExponentOf(code));
  if (!Number.isSafeInteger(minorUnits)) throw new RangeError(`${amount} ${code} has no whole minor units`);
  return { minorUnits, currency: code };
}

function knownExponentOf(currency: string): number {
  const exponent = exponentOf(currency);
  if (exponent === undefined) throw new RangeError(`the scale of ${currency} at Stripe is not known`);
  return exponent;
}

/** By which power of ten Stripe's minor units outnumber ISO 4217's: nearly always 0, 2 for ISK, -2 for MGA. */
function exponentOf(currency: string): number | undefined {
  const decimals = stripeDecimals(currency);
  return decimals === undefined ? undefined : decimals - currencyDecimals(currency);
}

function stripeDecimals(currency: string): number | undefined {
  if (!isCurrency(currency) || currency === 'UGX') return undefined;
  if (WITHOUT_DECIMALS.has(currency)) return 0;
  if (WITH_THREE_DECIMALS.has(currency)) return 3;
  // Sent with two decimals, the last two digits 00.
  if (currency === 'ISK') return 2;
  return currencyDecimals(currency) === 2 ? 2 : undefined;
}

/** Divides by a whole number instead of multiplying by a fraction, which would not be exact. */
function shift(amount: number, exponent: number): number {
  return exponent < 0 ? amount / 10 ** -exponent : amount * 10 ** exponent;
}
