import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Money } from '../../../src/domain/money/money.ts';
import type { Discount, PromoCode } from '../../../src/domain/promotion/promotion.ts';
import { type AmountRequest, judge, judgeAmount } from '../../../src/domain/redemption/eligibility.ts';
import { dollars } from '../../support/money.ts';
import { coupon, NOW, promoCode } from './unlimited-promotions.ts';

const order = { id: 'o', planId: null, firstTransaction: false };
const held = (amount: Money | null, discountAmount: Money | null) => ({
  amount,
  discountAmount,
  customerId: 'cus_1',
  isPromise: true,
});

function verdict(promotion: Partial<PromoCode>, amount: Money, rest: Partial<AmountRequest> = {}) {
  const ownHold = held(dollars(1000), dollars(100));
  return judgeAmount({
    promotion: { ...promoCode, ...promotion },
    order: { ...order, amount },
    ownHold,
    otherUses: [],
    ...rest,
  });
}

describe('the final amount of a hold', () => {
  it.each<[string, Partial<PromoCode>, Money]>([
    ['MINIMUM_NOT_MET', { minimumOrder: dollars(1500) }, dollars(1499)],
    ['MINIMUM_NOT_MET', { minimumOrder: dollars(1) }, dollars(0)],
    ['CURRENCY_MISMATCH', { discount: { kind: 'FIXED', amount: dollars(100) } }, { minorUnits: 2000, currency: 'EUR' }],
    ['PRODUCT_NOT_ELIGIBLE', { productIds: ['prod_1'] }, dollars(2000)],
    ['CANNOT_VERIFY', { discount: { kind: 'PROVIDER_DEFINED' } }, dollars(2000)],
  ])('is refused with %s: %j', (reason, promotion, amount) => {
    expect(verdict(promotion, amount)).toMatchObject({ kind: 'REFUSED', reason });
  });

  it.each<[string, Partial<PromoCode>]>([
    ['has expired', { expiresAt: NOW }],
    ['is used up', { maxRedemptions: 0 }],
    ['is switched off', { active: false }],
    ['is for another plan', { planId: 'plan_1' }],
    ['is for first transactions', { firstTransactionOnly: true }],
    ['is for another customer', { customerId: 'cus_2' }],
  ])('is accepted although the code %s', (_, promotion) => {
    expect(verdict(promotion, dollars(2000))).toEqual({
      kind: 'ELIGIBLE',
      discountAmount: dollars(200),
      payableAmount: dollars(1800),
    });
  });

  it('gives a hold without an amount its percentage discount', () => {
    const ownHold = held(null, null);
    expect(verdict({}, dollars(2005), { ownHold })).toMatchObject({ discountAmount: dollars(201) });
  });

  it('gives the hold of a coupon its discount', () => {
    const ownHold = held(dollars(1000), dollars(100));
    const request = { promotion: coupon, order: { ...order, amount: dollars(2005) }, ownHold, otherUses: [] };
    expect(judgeAmount(request)).toMatchObject({ discountAmount: dollars(201) });
  });

  it('keeps the discount of the hold if it is the amount of the hold, whatever has become of the terms', () => {
    const discount = { kind: 'PERCENTAGE' as const, percentage: '90' };
    const changed = { discount, minimumOrder: dollars(5000), productIds: ['prod_1'] };
    expect(verdict(changed, dollars(1000))).toMatchObject({ discountAmount: dollars(100) });
  });

  it('caps the discount at what the other discounts of the order leave', () => {
    const otherUses = [{ amount: dollars(1000), discountAmount: dollars(950) }];
    expect(verdict({}, dollars(980), { otherUses })).toMatchObject({
      discountAmount: dollars(30),
      payableAmount: dollars(0),
    });
  });

  it('discounts the eligible part of a code for some products', () => {
    const promotion = { ...promoCode, productIds: ['prod_1'] };
    const ownHold = held(dollars(1000), dollars(40));
    const request = { promotion, ownHold, otherUses: [], order: { ...order, amount: dollars(1000) } };
    const eligibleAmount = dollars(500);
    expect(judgeAmount({ ...request, order: { ...request.order, eligibleAmount } })).toMatchObject({
      discountAmount: dollars(50),
    });
  });
});

const currency = fc.constantFrom('USD', 'USD', 'USD', 'JPY', 'XXX');
const stated = fc.record({ minorUnits: fc.nat({ max: 3000 }), currency: fc.constantFrom('USD', 'USD', 'JPY') });
const discount: fc.Arbitrary<Discount> = fc.oneof(
  fc.constantFrom('0.5', '33.3', '100').map((percentage) => ({ kind: 'PERCENTAGE' as const, percentage })),
  fc
    .record({ minorUnits: fc.integer({ min: 1, max: 3000 }), currency })
    .map((amount) => ({ kind: 'FIXED' as const, amount })),
);
const granted = fc.record({ amount: fc.option(stated), discountAmount: fc.option(stated) });

it('a final amount gets the same verdict as a change of the hold to that amount', () => {
  fc.assert(
    fc.property(
      fc.record({
        discount,
        minimumOrder: fc.option(stated),
        productIds: fc.option(fc.array(fc.constant('prod_1'), { minLength: 1, maxLength: 1 })),
      }),
      fc.record({ amount: stated, eligibleAmount: fc.option(stated) }),
      granted,
      fc.array(granted, { maxLength: 2 }),
      (terms, { amount, eligibleAmount }, hold, otherUses) => {
        const request = {
          promotion: { ...promoCode, ...terms },
          coupon: null,
          order: { ...order, amount, ...(eligibleAmount && { eligibleAmount }) },
          ownHold: { ...hold, customerId: 'cus_1', isPromise: true },
          otherUses,
          customerId: 'cus_1',
          isOfNamedCustomer: false,
          customerUses: 0,
          hasTransacted: false,
        };
        expect(judgeAmount(request)).toEqual(judge(request, NOW));
      },
    ),
    { numRuns: 500 },
  );
});
