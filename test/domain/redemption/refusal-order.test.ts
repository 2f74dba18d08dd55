import { expect, it } from 'vitest';
import type { Coupon, PromoCode } from '../../../src/domain/promotion/promotion.ts';
import { judge, type UseRequest } from '../../../src/domain/redemption/eligibility.ts';

const NOW = Date.UTC(2026, 5, 1);
const money = (minorUnits: number, currency: string) => ({ minorUnits, currency });

const shared: Omit<Coupon, 'kind' | 'name'> = {
  id: 'id',
  provider: 'STRIPE_CONNECT',
  account: 'acct_one',
  providerId: 'promo_1',
  status: 'ACTIVE',
  discount: { kind: 'PERCENTAGE', percentage: '10' },
  duration: { kind: 'ONCE' },
  active: true,
  maxRedemptions: null,
  redeemedCount: 0,
  heldCount: 0,
  remaining: null,
  startsAt: null,
  expiresAt: null,
  createdAt: 0,
  metadata: null,
  productIds: null,
  gatewayRules: [],
  asOf: NOW,
};
const promoCode: PromoCode = {
  ...shared,
  kind: 'PromoCode',
  code: 'SAVE',
  couponId: 'coupon',
  perCustomerLimit: null,
  customerId: null,
  planId: null,
  firstTransactionOnly: false,
  minimumOrder: null,
};
const coupon: Coupon = { ...shared, kind: 'Coupon', name: null };
const order = { id: null, amount: money(1000, 'USD'), planId: 'plan_1', firstTransaction: false };

interface Obstacle {
  reason: string;
  code?: Partial<PromoCode>;
  behind?: Partial<Coupon>;
  order?: Partial<UseRequest['order']>;
  use?: Partial<Pick<UseRequest, 'customerId' | 'customerUses'>>;
}

/** Everything that can stand in the way, what nobody can change first. A later one never hides an earlier one. */
const OBSTACLES: Obstacle[] = [
  { reason: 'EXPIRED', code: { expiresAt: NOW } },
  { reason: 'EXPIRED', behind: { expiresAt: NOW } },
  { reason: 'EXHAUSTED', code: { maxRedemptions: 1, redeemedCount: 1 } },
  { reason: 'EXHAUSTED', behind: { maxRedemptions: 1, heldCount: 1 } },
  { reason: 'INACTIVE', code: { active: false } },
  { reason: 'COUPON_INVALID', behind: { active: false } },
  { reason: 'NOT_STARTED', code: { startsAt: NOW + 1 } },
  { reason: 'NOT_STARTED', behind: { startsAt: NOW + 1 } },
  { reason: 'CUSTOMER_REQUIRED', code: { perCustomerLimit: 1 }, use: { customerId: null } },
  { reason: 'CUSTOMER_NOT_ELIGIBLE', code: { customerId: 'cus_2' } },
  { reason: 'CUSTOMER_LIMIT_REACHED', code: { perCustomerLimit: 1 }, use: { customerUses: 1 } },
  { reason: 'NOT_FIRST_TRANSACTION', code: { firstTransactionOnly: true } },
  { reason: 'PLAN_NOT_ELIGIBLE', code: { planId: 'plan_2' } },
  { reason: 'CURRENCY_MISMATCH', code: { discount: { kind: 'FIXED', amount: money(100, 'EUR') } } },
  { reason: 'ORDER_AMOUNT_REQUIRED', code: { minimumOrder: money(5000, 'USD') }, order: { amount: null } },
  { reason: 'MINIMUM_NOT_MET', code: { minimumOrder: money(5000, 'USD') } },
];

/** Each is the absence of what the other needs, so that both never hold at once. */
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
      promotion: { ...promoCode, ...all(({ code }) => code) },
      coupon: { ...coupon, ...all(({ behind }) => behind) },
      customerId: 'cus_1',
      customerUses: 0,
      order: { ...order, ...all((obstacle) => obstacle.order) },
      ownHold: null,
      otherUses: [],
      isOfNamedCustomer: false,
      hasTransacted: false,
      releaseOf: () => null,
      ...all(({ use }) => use),
    },
    NOW,
  );
}

it.each(OBSTACLES.map((first, index) => ({ first, later: OBSTACLES.slice(index + 1) })))(
  '$first.reason is told before whatever comes after it',
  ({ first, later }) => {
    expect(verdict(first)).toMatchObject({ reason: first.reason });
    for (const other of later) {
      if (NEVER_BOTH.includes(`${first.reason} ${other.reason}`)) continue;
      expect(verdict(other, first)).toMatchObject({ reason: first.reason });
      expect(verdict(first, other)).toMatchObject({ reason: first.reason });
    }
  },
);
