import Big from 'big.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currencyDecimals } from '../../../src/domain/money/currency.ts';
import { discountOn } from '../../../src/domain/money/discount.ts';
import { majorUnits, moneyFromMajorUnits, subtract } from '../../../src/domain/money/money.ts';
import type { StatedDiscount } from '../../../src/domain/promotion/promotion.ts';

const percent = (percentage: string): StatedDiscount => ({ kind: 'PERCENTAGE', percentage });
const fixed = (amount: string, currency: string): StatedDiscount => ({
  kind: 'FIXED',
  amount: moneyFromMajorUnits(amount, currency),
});

/** The discount and the payable amount, in major units. */
function priced(amount: string, currency: string, discount: StatedDiscount): { off: string; payable: string } {
  const order = moneyFromMajorUnits(amount, currency);
  const off = discountOn(order, discount);
  expect(off.currency).toBe(currency);
  return { off: majorUnits(off), payable: majorUnits(subtract(order, off)) };
}

describe('a rounding case that other systems got wrong is correct:', () => {
  it.each<[amount: string, discount: StatedDiscount, off: string, payable: string, where: string]>([
    ['699.90', percent('10'), '69.99', '629.91', 'a tenth of an amount that floating point cannot represent'],
    // 34.9 * 0.15 is 5.234999… in floating point: the cart showed 29.67, and 29.66 was charged.
    ['34.90', percent('15'), '5.24', '29.66', 'recurly/recurly-js#993'],
    // Rounding the payable amount too would split 19.95 into 9.98 and 9.98.
    ['19.95', percent('50'), '9.98', '9.97', 'recurly/recurly-js#125'],
    ['51.86', percent('40'), '20.74', '31.12', 'woocommerce/woocommerce#16305'],
    ['67.25', percent('10'), '6.73', '60.52', 'woocommerce/woocommerce#22034'],
    ['300.00', fixed('5.00', 'USD'), '5.00', '295.00', 'awesomemotive/easy-digital-downloads#2132'],
  ])('%s with %j takes %s off and leaves %s (%s)', (amount, discount, off, payable) => {
    expect(priced(amount, 'USD', discount)).toEqual({ off, payable });
  });

  it('half of 59.33 is 29.67 (half away from zero), not 29.66 as with floating point or half-even', () => {
    expect(priced('59.33', 'USD', percent('50'))).toEqual({ off: '29.67', payable: '29.66' });
    expect((59.33 * 0.5).toFixed(2)).toBe('29.66');
    expect(new Big('59.33').times('0.5').round(2, Big.roundHalfEven).toFixed(2)).toBe('29.66');
  });
});

describe('for each number of decimals in ISO 4217', () => {
  // 15 % of each ends in a half of the smallest unit.
  it.each([
    ['JPY', 0, '1010', '152', '858'],
    ['USD', 2, '10.10', '1.52', '8.58'],
    ['NGN', 2, '10.10', '1.52', '8.58'],
    ['KWD', 3, '10.010', '1.502', '8.508'],
    ['CLF', 4, '10.0010', '1.5002', '8.5008'],
    ['UYW', 4, '10.0010', '1.5002', '8.5008'],
  ])('a percentage of an amount in %s is rounded to its %i decimals', (currency, decimals, amount, off, payable) => {
    expect(currencyDecimals(currency)).toBe(decimals);
    expect(priced(amount, currency, percent('15'))).toEqual({ off, payable });
  });

  it.each([
    ['JPY', '1000', '11', '989'],
    ['USD', '1000.00', '10.50', '989.50'],
    ['KWD', '1000.000', '10.500', '989.500'],
    ['CLF', '1000.0000', '10.5000', '989.5000'],
  ])(
    'a fixed discount without a currency has the same number of major units in %s',
    (currency, amount, off, payable) => {
      expect(priced(amount, currency, fixed('10.50', 'XXX'))).toEqual({ off, payable });
    },
  );

  it.each([
    ['JPY', '7', '8'],
    ['USD', '7.00', '7.01'],
    ['KWD', '7.000', '7.001'],
    ['CLF', '7.0000', '7.0001'],
  ])('a fixed discount above an order in %s leaves nothing to pay', (currency, amount, discount) => {
    expect(priced(amount, currency, fixed(discount, currency)).off).toBe(amount);
    expect(Number(priced(amount, currency, fixed(discount, currency)).payable)).toBe(0);
  });
});

const order = fc.record({
  minorUnits: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  currency: fc.constantFrom('JPY', 'USD', 'NGN', 'KWD', 'CLF', 'UYW'),
});
/** A percentage in ten-thousandths of a percent, above 0 and up to 100 %. */
const share = fc.integer({ min: 1, max: 1_000_000 });
/** Minor units of a fixed discount, small enough for the conversion from two to four decimals. */
const fixedUnits = fc.integer({ min: 1, max: 10 ** 13 });
const asText = (tenThousandths: number) =>
  `${Math.floor(tenThousandths / 10_000)}.${String(tenThousandths % 10_000).padStart(4, '0')}`;

/** The quotient of two non-negative integers, rounded half up. */
const rounded = (dividend: bigint, divisor: bigint) => (2n * dividend + divisor) / (2n * divisor);

describe('for any order', () => {
  it('a percentage with four decimals is exact, and rounded half away from zero', () => {
    fc.assert(
      fc.property(order, share, (amount, tenThousandths) => {
        const off = discountOn(amount, percent(asText(tenThousandths)));
        const exact = rounded(BigInt(amount.minorUnits) * BigInt(tenThousandths), 1_000_000n);
        expect(off).toEqual({ minorUnits: Number(exact), currency: amount.currency });
      }),
    );
  });

  it('a share that ends in half of the smallest unit is rounded away from zero', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 99 }), (count, whole) => {
        // An odd number of halves: the fraction is always one half.
        const odd = 2 * count + 1;
        const off = discountOn({ minorUnits: odd * 100, currency: 'USD' }, percent(`${whole}.5`));
        expect(BigInt(off.minorUnits) * 2n).toBe(BigInt(odd) * (2n * BigInt(whole) + 1n) + 1n);
      }),
    );
  });

  it('the discount is between 0 and the order, and discount and payable amount add up to it', () => {
    const discounted = order.chain((amount) =>
      fc.record({
        amount: fc.constant(amount),
        discount: fc.oneof(
          share.map((tenThousandths) => percent(asText(tenThousandths))),
          fixedUnits.map((minorUnits): StatedDiscount => ({ kind: 'FIXED', amount: { ...amount, minorUnits } })),
          fixedUnits.map((minorUnits): StatedDiscount => ({ kind: 'FIXED', amount: { minorUnits, currency: 'XXX' } })),
        ),
      }),
    );
    fc.assert(
      fc.property(discounted, ({ amount, discount }) => {
        const off = discountOn(amount, discount);
        const payable = subtract(amount, off);
        expect(off.minorUnits).toBeGreaterThanOrEqual(0);
        expect(payable.minorUnits).toBeGreaterThanOrEqual(0);
        expect(BigInt(payable.minorUnits) + BigInt(off.minorUnits)).toBe(BigInt(amount.minorUnits));
        expect([off.currency, payable.currency]).toEqual([amount.currency, amount.currency]);
      }),
    );
  });

  it('a fixed discount is the smaller of itself and the order', () => {
    fc.assert(
      fc.property(order, fixedUnits, (amount, minorUnits) => {
        const whole = Math.min(minorUnits, amount.minorUnits);
        expect(discountOn(amount, { kind: 'FIXED', amount: { ...amount, minorUnits } }).minorUnits).toBe(whole);
        // Without a currency it has two decimals. The currency of the order may have more or fewer.
        const hundredths = BigInt(minorUnits) * 10n ** BigInt(currencyDecimals(amount.currency));
        const converted = Number(rounded(hundredths, 100n));
        expect(discountOn(amount, { kind: 'FIXED', amount: { minorUnits, currency: 'XXX' } }).minorUnits).toBe(
          Math.min(converted, amount.minorUnits),
        );
      }),
    );
  });

  it('a larger percentage never gives a smaller discount, and 100 % gives the whole order', () => {
    fc.assert(
      fc.property(order, share, share, (amount, one, other) => {
        const [smaller, larger] = [Math.min(one, other), Math.max(one, other)];
        expect(discountOn(amount, percent(asText(smaller))).minorUnits).toBeLessThanOrEqual(
          discountOn(amount, percent(asText(larger))).minorUnits,
        );
        expect(discountOn(amount, percent('100'))).toEqual(amount);
      }),
    );
  });
});

it('a discount without a currency above any order gives the whole order', () => {
  const discount = { kind: 'FIXED', amount: { minorUnits: 95_000_000_000_000, currency: 'XXX' } } as const;
  expect(discountOn({ minorUnits: 1, currency: 'CLF' }, discount)).toEqual({ minorUnits: 1, currency: 'CLF' });
});
