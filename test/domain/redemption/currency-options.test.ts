import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Money } from '../../../src/domain/money/money.ts';
import type { FixedDiscount, PromoCode } from '../../../src/domain/promotion/promotion.ts';
import { judge, judgeAmount, type UseRequest } from '../../../src/domain/redemption/eligibility.ts';
import { dollars } from '../../support/money.ts';
import { NOW, promoCode } from './unlimited-promotions.ts';

const euros = (minorUnits: number) => ({ minorUnits, currency: 'EUR' });
const yen = (minorUnits: number) => ({ minorUnits, currency: 'JPY' });
const discount: FixedDiscount = { kind: 'FIXED', amount: dollars(500), currencyOptions: [euros(450), yen(800)] };

function requestFor(amount: Money | null, promotion: Partial<PromoCode> = {}, rest: Partial<UseRequest> = {}) {
  const order = { id: 'o', amount, planId: null, firstTransaction: false, ...rest.order };
  return {
    coupon: null,
    customerId: null,
    ownHold: null,
    otherUses: [],
    isOfNamedCustomer: false,
    customerUses: 0,
    hasTransacted: false,
    ...rest,
    promotion: { ...promoCode, discount, ...promotion },
    order,
  };
}

const verdict = (...args: Parameters<typeof requestFor>) => judge(requestFor(...args), NOW);

describe('a fixed discount in several currencies', () => {
  it.each([
    [dollars(2000), dollars(500), dollars(1500)],
    [euros(2000), euros(450), euros(1550)],
    [yen(700), yen(700), yen(0)],
  ])('takes from an order of %j the amount in its currency', (amount, discountAmount, payableAmount) => {
    expect(verdict(amount)).toEqual({ kind: 'ELIGIBLE', discountAmount, payableAmount });
  });

  it('refuses an order in another currency', () => {
    expect(verdict({ minorUnits: 2000, currency: 'CHF' })).toMatchObject({ reason: 'CURRENCY_MISMATCH' });
  });

  it('has its main amount if nothing is known of the order', () => {
    expect(verdict(null)).toMatchObject({ kind: 'ELIGIBLE', discountAmount: dollars(500) });
  });

  it('has the currency of the other discounts of an order without an amount', () => {
    const otherUses = [{ amount: euros(1000), discountAmount: euros(700) }];
    expect(verdict(null, {}, { otherUses })).toMatchObject({ discountAmount: euros(300) });
  });

  it('is capped by the eligible part of the order, in its currency', () => {
    const order = { id: 'o', amount: euros(2000), eligibleAmount: euros(300), planId: null, firstTransaction: false };
    expect(verdict(null, { productIds: ['prod_1'] }, { order })).toMatchObject({
      discountAmount: euros(300),
      payableAmount: euros(1700),
    });
  });
});

describe('a minimum order in several currencies', () => {
  const terms = { minimumOrder: dollars(1000), minimumOrderOptions: [euros(900)] };

  it('is judged in the currency of the order', () => {
    expect(verdict(euros(899), terms)).toMatchObject({ reason: 'MINIMUM_NOT_MET', shortfall: euros(1) });
    expect(verdict(euros(900), terms)).toMatchObject({ discountAmount: euros(450) });
    expect(verdict(dollars(999), terms)).toMatchObject({ reason: 'MINIMUM_NOT_MET', shortfall: dollars(1) });
  });

  it('refuses an order in a currency that only the discount has', () => {
    expect(verdict(yen(9000), terms)).toMatchObject({ reason: 'CURRENCY_MISMATCH' });
  });

  it('goes with a discount that shares one currency with it, in that currency', () => {
    const shared = { minimumOrder: { minorUnits: 9, currency: 'CHF' }, minimumOrderOptions: [euros(900)] };
    expect(verdict(euros(900), shared)).toMatchObject({ discountAmount: euros(450) });
    expect(verdict(dollars(2000), shared)).toMatchObject({ reason: 'CURRENCY_MISMATCH' });
    expect(verdict(null, shared)).toMatchObject({ reason: 'ORDER_AMOUNT_REQUIRED' });
  });
});

describe('a hold in a currency of the options', () => {
  const ownHold = { amount: euros(2000), discountAmount: euros(450), customerId: null, isPromise: true };
  const withoutEuros: FixedDiscount = { kind: 'FIXED', amount: dollars(500) };

  it('keeps its discount although the provider has since removed the currency', () => {
    const request = requestFor(euros(2000), { discount: withoutEuros }, { ownHold });
    const kept = { kind: 'ELIGIBLE', discountAmount: euros(450), payableAmount: euros(1550) };
    expect(judge(request, NOW)).toEqual(kept);
    expect(judgeAmount(request)).toEqual(kept);
  });

  it('gets another amount judged by the terms of today', () => {
    const request = requestFor(euros(2001), { discount: withoutEuros }, { ownHold });
    expect(judge(request, NOW)).toMatchObject({ reason: 'CURRENCY_MISMATCH' });
    expect(judgeAmount(request)).toMatchObject({ reason: 'CURRENCY_MISMATCH' });
  });
});

it('a verdict does not depend on which of the currencies is the main one', () => {
  const amounts = fc.uniqueArray(
    fc.record({ minorUnits: fc.integer({ min: 1, max: 900 }), currency: fc.constantFrom('USD', 'EUR', 'JPY', 'CHF') }),
    { selector: ({ currency }) => currency, minLength: 1 },
  );
  const order = fc.record({ minorUnits: fc.nat({ max: 1000 }), currency: fc.constantFrom('USD', 'EUR', 'GBP') });
  fc.assert(
    fc.property(amounts, amounts, order, (discounts, minimums, amount) => {
      const termsOf = (
        [first = amount, ...options]: Money[],
        [minimumOrder = amount, ...minimumOrderOptions]: Money[],
      ) => ({
        discount: { kind: 'FIXED' as const, amount: first, currencyOptions: options },
        minimumOrder,
        minimumOrderOptions,
      });
      const straight = verdict(amount, termsOf(discounts, minimums));
      expect(verdict(amount, termsOf(discounts.toReversed(), minimums.toReversed()))).toEqual(straight);
      const [off, least] = [discounts, minimums].map((all) => all.find((one) => one.currency === amount.currency));
      if (!off || !least) expect(straight).toMatchObject({ reason: 'CURRENCY_MISMATCH' });
      else if (amount.minorUnits < least.minorUnits) expect(straight).toMatchObject({ reason: 'MINIMUM_NOT_MET' });
      else {
        const minorUnits = Math.min(off.minorUnits, amount.minorUnits);
        expect(straight).toMatchObject({ discountAmount: { minorUnits, currency: amount.currency } });
      }
    }),
  );
});
