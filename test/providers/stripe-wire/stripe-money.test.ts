import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromStripeAmount, isStripeAmount, toStripeAmount } from '../../../src/providers/stripe-wire/stripe-money.ts';

describe.each([
  ['USD', 500, 500, 'two decimals at both'],
  ['JPY', 500, 500, 'none at both'],
  ['ISK', 500, 50_000, 'none in ISO 4217, two at Stripe'],
  ['MGA', 70_000, 700, 'two in ISO 4217, none at Stripe'],
  ['KWD', 5120, 5120, 'three at both'],
])('%s', (currency, minorUnits, stripe, decimals) => {
  test(`has ${decimals}`, () => {
    expect(isStripeAmount({ minorUnits, currency })).toBe(true);
    expect(toStripeAmount({ minorUnits, currency })).toBe(stripe);
    expect(fromStripeAmount(stripe, currency.toLowerCase())).toEqual({ minorUnits, currency });
  });
});

test.each([
  ['UGX, of which Stripe says two things', 'UGX', 500],
  ['a fraction of an ariary', 'MGA', 70_050],
  ['a last digit of three that is not 0', 'KWD', 5124],
  ['a currency whose scale at Stripe is unknown', 'IQD', 5120],
  ['another such currency', 'CLF', 50_000],
  ['no currency', 'XXX', 500],
  ['an amount that exceeds the largest safe integer in Stripe units', 'ISK', Number.MAX_SAFE_INTEGER],
])('Stripe cannot express %s', (_, currency, minorUnits) => {
  expect(isStripeAmount({ minorUnits, currency })).toBe(false);
});

test.each([
  ['ugx', 500],
  ['isk', 12_345],
  ['iqd', 500],
  ['points', 500],
])("an amount in %s that ISO 4217's minor units cannot express is an error: %d", (currency, amount) => {
  expect(() => fromStripeAmount(amount, currency)).toThrow(RangeError);
});

test('every amount that Stripe can express is read back exactly', () => {
  const currencies = fc.constantFrom('USD', 'EUR', 'NGN', 'JPY', 'KRW', 'ISK', 'MGA', 'KWD', 'BHD', 'HUF', 'XOF');
  fc.assert(
    fc.property(currencies, fc.integer({ min: 1, max: 9_007_199_254 }), (currency, tens) => {
      const money = { minorUnits: tens * 100, currency };
      expect(isStripeAmount(money)).toBe(true);
      const amount = toStripeAmount(money);
      expect(Number.isSafeInteger(amount)).toBe(true);
      expect(fromStripeAmount(amount, currency.toLowerCase())).toEqual(money);
    }),
  );
});
