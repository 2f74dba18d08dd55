import { currencyDecimals, isCurrency } from '../../domain/money/currency.ts';
import type { Money } from '../../domain/money/money.ts';

/** Amounts in these currencies are whole major units (source: Stripe's currencies page). */
const WITHOUT_DECIMALS = new Set('BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF'.split(' '));
/** The last of the three decimals must be 0 (source: the same page). */
const WITH_THREE_DECIMALS = new Set(['BHD', 'JOD', 'KWD', 'OMR', 'TND']);

/**
 * Whether Stripe's minor units can express the exact amount. False for a currency whose scale is unknown: Stripe lists UGX both
 * as a currency without decimals and as one that is sent with two.
 */
export function isStripeAmount({ minorUnits, currency }: Money): boolean {
  const exponent = exponentOf(currency);
  if (exponent === undefined) return false;
  const amount = shift(minorUnits, exponent);
  return Number.isSafeInteger(amount) && !(WITH_THREE_DECIMALS.has(currency) && amount % 10 !== 0);
}

/** Whether the decimals of a currency at Stripe are known. In any letter case. */
export function isStripeCurrency(currency: string): boolean {
  return stripeDecimals(currency.toUpperCase()) !== undefined;
}

/**
 * The amount in Stripe's minor units. For MGA and ISK they differ from those of ISO 4217.
 * @throws {RangeError} for a currency whose scale is unknown
 */
export function toStripeAmount({ minorUnits, currency }: Money): number {
  return shift(minorUnits, knownExponentOf(currency));
}

/**
 * Converts an amount in Stripe's minor units.
 * @param currency in lower case, as Stripe writes it
 * @throws {RangeError} for a currency whose scale is unknown, or an amount that ISO 4217's minor units cannot express
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

/** Stripe's decimals minus those of ISO 4217: 2 for ISK, -2 for MGA, otherwise 0. */
function exponentOf(currency: string): number | undefined {
  const decimals = stripeDecimals(currency);
  return decimals === undefined ? undefined : decimals - currencyDecimals(currency);
}

function stripeDecimals(currency: string): number | undefined {
  if (!isCurrency(currency) || currency === 'UGX') return undefined;
  if (WITHOUT_DECIMALS.has(currency)) return 0;
  if (WITH_THREE_DECIMALS.has(currency)) return 3;
  // ISK has no decimals in ISO 4217, but Stripe expects two; both must be 0.
  if (currency === 'ISK') return 2;
  return currencyDecimals(currency) === 2 ? 2 : undefined;
}

/** Multiplies by a power of ten. A negative exponent divides, because multiplying by a fraction would not be exact. */
function shift(amount: number, exponent: number): number {
  return exponent < 0 ? amount / 10 ** -exponent : amount * 10 ** exponent;
}
