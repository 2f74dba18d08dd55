import { isDeepStrictEqual } from 'node:util';
import Big from 'big.js';
import type { Discount, StatedDiscount } from '../promotion/promotion.ts';
import { NO_CURRENCY } from './currency.ts';
import { type Money, majorUnits, moneyFromMajorUnits, roundToInteger } from './money.ts';

/**
 * The amount of a discount on an order: rounded half away from zero to the currency's minor unit, and at most the
 * order. A fixed discount without a currency (XXX, two decimals) gets the currency of the order. One that has no amount
 * in the currency of the order must not get here.
 */
export function discountOn(order: Money, discount: StatedDiscount): Money {
  const { currency } = order;
  const off =
    discount.kind === 'PERCENTAGE'
      ? roundToInteger(new Big(order.minorUnits).times(discount.percentage).div(100))
      : inCurrencyOf(order, amountIn(currency, discount.amount, discount.currencyOptions) ?? discount.amount)
          .minorUnits;
  return { minorUnits: Math.min(off, order.minorUnits), currency };
}

/**
 * The amount that applies to orders in a currency: `amount`, or one of its options in other currencies. An amount
 * without a currency applies to all. Null: none applies.
 */
export function amountIn(currency: string, amount: Money, options: readonly Money[] = []): Money | null {
  const isOfCurrency = amount.currency === currency || amount.currency === NO_CURRENCY;
  return isOfCurrency ? amount : (options.find((option) => option.currency === currency) ?? null);
}

/** Amounts in the order of their currency codes, so that equal ones can be compared. */
export function sortedByCurrency(amounts: readonly Money[]): Money[] {
  return amounts.toSorted((one, other) => (one.currency < other.currency ? -1 : 1));
}

/** Whether a provider's answer shows the discount that was sent. An answer may omit the amounts in other currencies. */
export function isSameDiscount(answered: Discount, sent: StatedDiscount): boolean {
  if (answered.kind !== 'FIXED' || sent.kind !== 'FIXED') return isDeepStrictEqual(answered, sent);
  const { currencyOptions: expected = [] } = sent;
  const { currencyOptions: shown = expected } = answered;
  return isDeepStrictEqual([answered.amount, shown], [sent.amount, expected]);
}

/** The order minus these discounts, never below 0. Discounts may exceed it if they were granted on a larger amount. */
export function remainingAmount(order: Money, discounts: readonly Money[]): Money {
  const total = discounts.reduce((sum, discount) => sum.plus(inCurrencyOf(order, discount).minorUnits), new Big(0));
  const left = new Big(order.minorUnits).minus(total);
  return { minorUnits: left.gt(0) ? roundToInteger(left) : 0, currency: order.currency };
}

/** The discount, but at most `limit`, in the currency of the limit. */
export function capDiscount(discount: Money, limit: Money): Money {
  return { minorUnits: Math.min(inCurrencyOf(limit, discount).minorUnits, limit.minorUnits), currency: limit.currency };
}

/**
 * `amount` if it has a currency. Otherwise the same number of major units in the currency of the order, at most the
 * largest safe integer of minor units.
 */
export function inCurrencyOf({ currency }: Money, amount: Money): Money {
  if (amount.currency !== NO_CURRENCY) return amount;
  const largest = majorUnits({ minorUnits: Number.MAX_SAFE_INTEGER, currency });
  const major = majorUnits(amount);
  return moneyFromMajorUnits(new Big(major).gt(largest) ? largest : major, currency);
}
