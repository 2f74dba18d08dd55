import Big from 'big.js';
import type { StatedDiscount } from '../promotion/promotion.ts';
import { NO_CURRENCY } from './currency.ts';
import { type Money, majorUnits, moneyFromMajorUnits, roundToInteger } from './money.ts';

/**
 * The amount of a discount on an order: rounded half away from zero to the currency's minor unit, and at most the
 * order. A fixed discount without a currency (XXX, two decimals) gets the currency of the order.
 */
export function discountOn(order: Money, discount: StatedDiscount): Money {
  const { currency } = order;
  const off =
    discount.kind === 'PERCENTAGE'
      ? roundToInteger(new Big(order.minorUnits).times(discount.percentage).div(100))
      : inCurrencyOf(order, discount.amount).minorUnits;
  return { minorUnits: Math.min(off, order.minorUnits), currency };
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
