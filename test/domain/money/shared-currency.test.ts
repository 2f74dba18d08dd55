import { expect, it } from 'vitest';
import { firstCurrency, haveSharedCurrency } from '../../../src/domain/money/shared-currency.ts';

const of = (currency: string) => ({ minorUnits: 100, currency });
const stated = (currency: string, ...others: string[]) => ({ amount: of(currency), options: others.map(of) });

it.each([
  ['without any amount', [], [], true],
  ['if the order has one currency', [of('USD'), of('USD')], [], true],
  ['not if the order has two', [of('USD'), of('EUR')], [], false],
  ['if the main amount is in the currency of the order', [of('USD')], [stated('USD')], true],
  ['if an option is in the currency of the order', [of('EUR')], [stated('USD', 'CHF', 'EUR')], true],
  ['not if no option is', [of('EUR')], [stated('USD', 'CHF')], false],
  ['not if only one of two stated amounts is', [of('EUR')], [stated('USD', 'EUR'), stated('USD')], false],
  ['if two stated amounts have a currency in common', [], [stated('USD', 'EUR'), stated('EUR')], true],
  ['not if they have none in common', [], [stated('USD', 'EUR'), stated('CHF')], false],
  ['if the stated amount has no currency', [of('EUR')], [stated('XXX')], true],
  ['if an amount of the order has no currency', [null, of('XXX'), of('EUR')], [stated('EUR')], true],
])('amounts go together %s', (_, order, amounts, expected) => {
  expect(haveSharedCurrency(order, amounts)).toBe(expected);
});

it('the currency of an order is that of its first amount that has one', () => {
  expect(firstCurrency([null, of('XXX'), of('EUR'), of('USD')])).toBe('EUR');
  expect(firstCurrency([null, of('XXX')])).toBeNull();
});
