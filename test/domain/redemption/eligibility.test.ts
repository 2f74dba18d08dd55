import { describe, expect, it } from 'vitest';
import type { PromoCode } from '../../../src/domain/promotion/promotion.ts';
import { judge, type UseRequest } from '../../../src/domain/redemption/eligibility.ts';
import { dollars } from '../../support/money.ts';
import { coupon, NOW, promoCode } from './unlimited-promotions.ts';

const order = { id: null, amount: dollars(1000), planId: null, firstTransaction: false };

function verdict(request: Partial<Omit<UseRequest, 'promotion'>> & { promotion?: Partial<PromoCode> }) {
  const { promotion, ...rest } = request;
  return judge(
    {
      promotion: { ...promoCode, ...promotion },
      coupon: null,
      customerId: 'cus_1',
      order,
      ownHold: null,
      otherUses: [],
      isOfNamedCustomer: false,
      hasTransacted: false,
      customerUses: 0,
      ...rest,
    },
    NOW,
  );
}
const none = { customerId: 'cus_1', amount: null, discountAmount: null };
const fixed = (currency: string) => ({ kind: 'FIXED' as const, amount: { minorUnits: 100, currency } });

describe('a use is refused with', () => {
  it.each([
    ['EXPIRED', { promotion: { expiresAt: NOW } }],
    ['EXPIRED', { coupon: { ...coupon, expiresAt: NOW } }],
    ['EXHAUSTED', { promotion: { maxRedemptions: 1, redeemedCount: 1 } }],
    ['EXHAUSTED', { coupon: { ...coupon, maxRedemptions: 2, redeemedCount: 1, heldCount: 1 } }],
    ['INACTIVE', { promotion: { active: false } }],
    ['COUPON_INVALID', { coupon: { ...coupon, active: false } }],
    ['NOT_STARTED', { promotion: { startsAt: NOW + 1 } }],
    ['CUSTOMER_REQUIRED', { promotion: { perCustomerLimit: 1 }, customerId: null }],
    ['CUSTOMER_REQUIRED', { promotion: { customerId: 'cus_2' }, customerId: null }],
    ['CUSTOMER_NOT_ELIGIBLE', { promotion: { customerId: 'cus_2' } }],
    ['CUSTOMER_LIMIT_REACHED', { promotion: { perCustomerLimit: 2 }, customerUses: 2 }],
    ['NOT_FIRST_TRANSACTION', { promotion: { firstTransactionOnly: true } }],
    ['PLAN_NOT_ELIGIBLE', { promotion: { planId: 'plan_1' }, order: { ...order, planId: 'plan_2' } }],
    ['CURRENCY_MISMATCH', { promotion: { discount: fixed('EUR') } }],
    ['CURRENCY_MISMATCH', { promotion: { minimumOrder: { minorUnits: 1, currency: 'EUR' } } }],
    ['ORDER_AMOUNT_REQUIRED', { promotion: { minimumOrder: dollars(1) }, order: { ...order, amount: null } }],
    ['MINIMUM_NOT_MET', { promotion: { minimumOrder: dollars(1001) } }],
  ])('%s: %j', (reason, request) => {
    expect(verdict(request)).toMatchObject({ kind: 'REFUSED', reason });
  });

  it('a permanent reason before one that the customer can change', () => {
    const all = { expiresAt: NOW, active: false, customerId: 'cus_2', minimumOrder: dollars(5000) };
    expect(verdict({ promotion: all })).toMatchObject({ reason: 'EXPIRED' });
    expect(verdict({ promotion: { ...all, expiresAt: null } })).toMatchObject({ reason: 'INACTIVE' });
    expect(verdict({ promotion: { ...all, expiresAt: null, active: true } })).toMatchObject({
      reason: 'CUSTOMER_NOT_ELIGIBLE',
    });
  });

  it('MINIMUM_NOT_MET with the shortfall of the order', () => {
    expect(verdict({ promotion: { minimumOrder: dollars(1500) } })).toMatchObject({ shortfall: dollars(500) });
  });

  it('EXHAUSTED with the holds that have to end if only holds use up the limit', () => {
    const held = { maxRedemptions: 1, heldCount: 2 };
    const awaited = [{ promotionId: promoCode.id, holds: 2, whose: 'ALL' }];
    expect(verdict({ promotion: held })).toMatchObject({ reason: 'EXHAUSTED', awaited });
    const used = { maxRedemptions: 1, redeemedCount: 1, heldCount: 1 };
    expect(verdict({ promotion: used })).not.toHaveProperty('awaited');
  });
});

describe('a use is granted', () => {
  it('from the first instant of the start to the last before the expiry', () => {
    expect(verdict({ promotion: { startsAt: NOW, expiresAt: NOW + 1 } })).toMatchObject({ kind: 'ELIGIBLE' });
  });

  it('if the last use is its own hold', () => {
    const request = { promotion: { maxRedemptions: 1, heldCount: 1 } };
    expect(verdict(request)).toMatchObject({ reason: 'EXHAUSTED' });
    expect(verdict({ ...request, ownHold: { ...none, isPromise: false } })).toMatchObject({ kind: 'ELIGIBLE' });
  });

  it('with the discount for its amount', () => {
    expect(verdict({})).toEqual({ kind: 'ELIGIBLE', discountAmount: dollars(100), payableAmount: dollars(900) });
    const unknown = { kind: 'ELIGIBLE', discountAmount: null, payableAmount: null };
    expect(verdict({ order: { ...order, amount: null } })).toEqual(unknown);
    expect(verdict({ promotion: { discount: fixed('USD') }, order: { ...order, amount: null } })).toEqual({
      ...unknown,
      discountAmount: dollars(100),
    });
  });
});
