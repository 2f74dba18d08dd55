import type { Coupon, PromoCode } from '../../../src/domain/promotion/promotion.ts';

/** The instant of the tests, in milliseconds. */
export const NOW = Date.UTC(2026, 5, 1);

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
  stateUntil: null,
  asOf: NOW,
};

/** A promo code that anybody can redeem at any time. */
export const promoCode: PromoCode = {
  ...shared,
  kind: 'PromoCode',
  code: 'SAVE',
  couponId: null,
  perCustomerLimit: null,
  customerId: null,
  planId: null,
  firstTransactionOnly: false,
  minimumOrder: null,
};

/** A coupon that anybody can redeem at any time. */
export const coupon: Coupon = { ...shared, kind: 'Coupon', name: null };
