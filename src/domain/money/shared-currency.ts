import { NO_CURRENCY } from './currency.ts';
import type { Money } from './money.ts';

/** An amount that a promotion states, and the same in other currencies. */
export interface StatedAmount {
  amount: Money;
  options?: readonly Money[];
}

/** The currency of the first amount that has one; null: none has. */
export function firstCurrency(amounts: readonly (Money | null)[]): string | null {
  return currenciesOf(amounts)[0] ?? null;
}

/**
 * Whether the amounts of an order have the same currency, and each amount of a promotion is stated in it. Without an
 * amount of the order: whether the amounts of the promotion have a currency in common. An amount without a currency goes
 * with any.
 */
export function haveSharedCurrency(amounts: readonly (Money | null)[], stated: readonly StatedAmount[]): boolean {
  const ofOrder = currenciesOf(amounts);
  const choices = stated.map(({ amount, options = [] }) => currenciesOf([amount, ...options]));
  const limited = choices.filter((currencies) => currencies.length > 0);
  const candidates = ofOrder.length > 0 ? ofOrder.slice(0, 1) : (limited[0] ?? []);
  const isShared = (currency: string) =>
    ofOrder.every((one) => one === currency) && limited.every((currencies) => currencies.includes(currency));
  return candidates.length === 0 || candidates.some(isShared);
}

function currenciesOf(amounts: readonly (Money | null)[]): string[] {
  return amounts.flatMap((amount) => (amount === null || amount.currency === NO_CURRENCY ? [] : amount.currency));
}
