import Big from 'big.js';
import type { StatedDiscount } from '../promotion/promotion.ts';
import { NO_CURRENCY } from './currency.ts';
import { type Money, majorUnits, moneyFromMajorUnits, roundToInteger } from './money.ts';

/**
 * What a discount takes off an order: rounded half away from zero to the currency's minor unit, never more than the
 * order. A fixed discount that names no currency (XXX, two decimals) takes the order's.
 */
export function discountOn(order: Money, discount: StatedDiscount): Money {
  const { currency } = order;
  const off =
    discount.kind === 'PERCENTAGE'
      ? roundToInteger(new Big(order.minorUnits).times(discount.percentage).div(100))
      : inCurrencyOf(order, discount.amount).minorUnits;
  return { minorUnits: Math.min(off, order.minorUnits), currency };
}

/** What other discounts leave of an order, which is nothing where they were granted on a larger one. */
export function leftOf(order: Money, discounts: readonly Money[]): Money {
  const taken = discounts.reduce((sum, discount) => sum.plus(inCurrencyOf(order, discount).minorUnits), new Big(0));
  const left = new Big(order.minorUnits).minus(taken);
  return { minorUnits: left.gt(0) ? roundToInteger(left) : 0, currency: order.currency };
}

/** A discount, or what is left of the order where that is less. */
export function capped(discount: Money, left: Money): Money {
  return { minorUnits: Math.min(inCurrencyOf(left, discount).minorUnits, left.minorUnits), currency: left.currency };
}

/**
 * `amount` where it names a currency; else the same number of major units in the order's currency, which no order can
 * exceed where that has more decimals than an amount has room for.
 */
export function inCurrencyOf({ currency }: Money, amount: Money): Money {
  if (amount.currency !== NO_CURRENCY) return amount;
  const largest = majorUnits({ minorUnits: Number.MAX_SAFE_INTEGER, currency });
  const major = majorUnits(amount);
  return moneyFromMajorUnits(new Big(major).gt(largest) ? largest : major, currency);
}
