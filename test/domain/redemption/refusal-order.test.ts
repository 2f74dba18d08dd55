import { expect, it } from 'vitest';
import type { Coupon, PromoCode } from '../../../src/domain/promotion/promotion.ts';
import { judge, type UseRequest } from '../../../src/domain/redemption/eligibility.ts';
import { coupon, NOW, promoCode } from './unlimited-promotions.ts';

const money = (minorUnits: number, currency: string) => ({ minorUnits, currency });

const order = { id: null, amount: money(1000, 'USD'), planId: 'plan_1', firstTransaction: false };

interface Obstacle {
  reason: string;
  code?: Partial<PromoCode>;
  onCoupon?: Partial<Coupon>;
  order?: Partial<UseRequest['order']>;
  use?: Partial<Pick<UseRequest, 'customerId' | 'customerUses'>>;
}

/** Every reason for a refusal, in order: permanent ones first. A later one never hides an earlier one. */
const OBSTACLES: Obstacle[] = [
  { reason: 'EXPIRED', code: { expiresAt: NOW } },
  { reason: 'EXPIRED', onCoupon: { expiresAt: NOW } },
  { reason: 'EXHAUSTED', code: { maxRedemptions: 1, redeemedCount: 1 } },
  { reason: 'EXHAUSTED', onCoupon: { maxRedemptions: 1, heldCount: 1 } },
  { reason: 'INACTIVE', code: { active: false } },
  { reason: 'COUPON_INVALID', onCoupon: { active: false } },
  { reason: 'NOT_STARTED', code: { startsAt: NOW + 1 } },
  { reason: 'NOT_STARTED', onCoupon: { startsAt: NOW + 1 } },
  { reason: 'CUSTOMER_REQUIRED', code: { perCustomerLimit: 1 }, use: { customerId: null } },
  { reason: 'CUSTOMER_NOT_ELIGIBLE', code: { customerId: 'cus_2' } },
  { reason: 'CUSTOMER_LIMIT_REACHED', code: { perCustomerLimit: 1 }, use: { customerUses: 1 } },
  { reason: 'NOT_FIRST_TRANSACTION', code: { firstTransactionOnly: true } },
  { reason: 'PLAN_NOT_ELIGIBLE', code: { planId: 'plan_2' } },
  { reason: 'CURRENCY_MISMATCH', code: { discount: { kind: 'FIXED', amount: money(100, 'EUR') } } },
  { reason: 'ORDER_AMOUNT_REQUIRED', code: { minimumOrder: money(5000, 'USD') }, order: { amount: null } },
  { reason: 'MINIMUM_NOT_MET', code: { minimumOrder: money(5000, 'USD') } },
];

/** Pairs that exclude each other: each needs what the other lacks. */
const NEVER_BOTH = [
  'CUSTOMER_REQUIRED CUSTOMER_NOT_ELIGIBLE',
  'CUSTOMER_REQUIRED CUSTOMER_LIMIT_REACHED',
  'CURRENCY_MISMATCH ORDER_AMOUNT_REQUIRED',
  'ORDER_AMOUNT_REQUIRED MINIMUM_NOT_MET',
];

function verdict(...obstacles: Obstacle[]) {
  const all = <Part>(part: (obstacle: Obstacle) => Part) => Object.assign({}, ...obstacles.map(part));
  return judge(
    {
      promotion: { ...promoCode, couponId: coupon.id, ...all(({ code }) => code) },
      coupon: { ...coupon, ...all(({ onCoupon }) => onCoupon) },
      customerId: 'cus_1',
      customerUses: 0,
      order: { ...order, ...all((obstacle) => obstacle.order) },
      ownHold: null,
      otherUses: [],
      isOfNamedCustomer: false,
      hasTransacted: false,
      ...all(({ use }) => use),
    },
    NOW,
  );
}

it.each(OBSTACLES.map((first, index) => ({ first, later: OBSTACLES.slice(index + 1) })))(
  '$first.reason comes before every later reason',
  ({ first, later }) => {
    expect(verdict(first)).toMatchObject({ reason: first.reason });
    for (const other of later) {
      if (NEVER_BOTH.includes(`${first.reason} ${other.reason}`)) continue;
      expect(verdict(other, first)).toMatchObject({ reason: first.reason });
      expect(verdict(first, other)).toMatchObject({ reason: first.reason });
    }
  },
);
