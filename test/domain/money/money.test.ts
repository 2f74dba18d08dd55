import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currencyDecimals, isCurrency } from '../../../src/domain/money/currency.ts';
import { discountOn } from '../../../src/domain/money/discount.ts';
import { majorUnits, moneyFromMajorUnits } from '../../../src/domain/money/money.ts';

const percent = (percentage: string) => ({ kind: 'PERCENTAGE' as const, percentage });
const fixed = (minorUnits: number, currency: string) => ({ kind: 'FIXED' as const, amount: { minorUnits, currency } });

const minorUnits = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const currency = fc.constantFrom('NGN', 'USD', 'JPY', 'HUF', 'IQD', 'KWD', 'CLF', 'ISK', 'MGA');

describe('the decimals of a currency', () => {
  it.each([
    ['JPY', 0],
    ['ISK', 0],
    ['USD', 2],
    ['HUF', 2],
    ['MGA', 2],
    ['KWD', 3],
    ['IQD', 3],
    ['CLF', 4],
    ['XXX', 2],
  ])('%s has %i decimals', (code, decimals) => {
    expect(currencyDecimals(code)).toBe(decimals);
  });

  it('accepts no currency that is not in ISO 4217, and none in lower case', () => {
    expect(['NGN', 'USD'].every(isCurrency)).toBe(true);
    expect(['ngn', 'XXX', 'ABC', ''].some(isCurrency)).toBe(false);
  });
});

describe('amounts', () => {
  it.each([
    [500_000, 'NGN', '5000.00'],
    [5, 'JPY', '5'],
    [1, 'KWD', '0.001'],
    [123_456, 'CLF', '12.3456'],
  ])('%i minor units of %s are %s', (minor, code, amount) => {
    expect(majorUnits({ minorUnits: minor, currency: code })).toBe(amount);
  });

  it('are rounded half away from zero if a provider has more decimals than the currency', () => {
    expect(moneyFromMajorUnits('1.005', 'USD').minorUnits).toBe(101);
    expect(moneyFromMajorUnits('2.5', 'JPY').minorUnits).toBe(3);
    expect(moneyFromMajorUnits('0.12345678', 'KWD').minorUnits).toBe(123);
  });

  it('survive conversion to major units and back', () => {
    fc.assert(
      fc.property(minorUnits, currency, (minor, code) => {
        const money = { minorUnits: minor, currency: code };
        expect(moneyFromMajorUnits(majorUnits(money), code)).toEqual(money);
      }),
    );
  });
});

describe('a discount', () => {
  it.each([
    [69_990, '10', 6_999],
    [9_999, '33.3333', 3_333],
    [999, '33.3333', 333],
    [5, '10', 1],
    [4, '10', 0],
    [0, '50', 0],
  ])('on %i of %s %% is %i', (order, percentage, off) => {
    expect(discountOn({ minorUnits: order, currency: 'USD' }, percent(percentage)).minorUnits).toBe(off);
  });

  it('never exceeds the order', () => {
    expect(discountOn({ minorUnits: 300, currency: 'USD' }, fixed(1000, 'USD')).minorUnits).toBe(300);
  });

  it('without a currency takes the currency of the order and its decimals', () => {
    expect(discountOn({ minorUnits: 90_000, currency: 'KWD' }, fixed(1050, 'XXX'))).toEqual({
      minorUnits: 10_500,
      currency: 'KWD',
    });
  });

  it('is between 0 and the order, and within half a unit of the exact share', () => {
    fc.assert(
      fc.property(minorUnits, fc.integer({ min: 1, max: 1_000_000 }), (order, tenThousandths) => {
        const off = discountOn({ minorUnits: order, currency: 'USD' }, percent(String(tenThousandths / 10_000)));
        const twice = 2n * BigInt(off.minorUnits) * 1_000_000n - 2n * BigInt(order) * BigInt(tenThousandths);
        expect(off.minorUnits).toBeGreaterThanOrEqual(0);
        expect(off.minorUnits).toBeLessThanOrEqual(order);
        expect(twice <= 1_000_000n && twice > -1_000_000n).toBe(true);
      }),
    );
  });
});
