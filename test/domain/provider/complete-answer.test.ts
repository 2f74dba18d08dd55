import { expect, it } from 'vitest';
import {
  completeChangedCoupon,
  completeChangedPromoCode,
  completeCoupon,
  completePromoCode,
} from '../../../src/domain/provider/complete-answer.ts';
import type {
  NewCoupon,
  NewPromoCode,
  ProviderCoupon,
  ProviderPromoCode,
} from '../../../src/domain/provider/provider.ts';

const UNKNOWN = {
  providerId: 'id',
  discount: undefined,
  duration: undefined,
  active: undefined,
  maxRedemptions: undefined,
  redeemedCount: undefined,
  startsAt: undefined,
  expiresAt: undefined,
  createdAt: undefined,
  metadata: undefined,
};
const CODE: ProviderPromoCode = {
  ...UNKNOWN,
  kind: 'PromoCode',
  code: undefined,
  coupon: null,
  customerId: undefined,
  planId: undefined,
  firstTransactionOnly: undefined,
  minimumOrder: undefined,
};
const COUPON: ProviderCoupon = { ...UNKNOWN, kind: 'Coupon', name: undefined };
const TERMS = {
  discount: { kind: 'PERCENTAGE', percentage: '10' },
  duration: { kind: 'REPEATING', count: 3, unit: 'MONTH' },
} as const;
const LIMITS = { maxRedemptions: 7, startsAt: 1, expiresAt: 2 };
const SENT: NewPromoCode = {
  ...LIMITS,
  code: 'SAVE',
  terms: TERMS,
  customerId: 'cus',
  planId: 'plan',
  firstTransactionOnly: true,
  minimumOrder: { minorUnits: 1, currency: 'USD' },
};

it('a new promo code has what was sent where the answer leaves it out, but for its count', () => {
  const { terms, ...sent } = SENT;
  expect(completePromoCode(CODE, SENT)).toMatchObject({ ...sent, ...terms, active: true, redeemedCount: undefined });
});

it('a new promo code has none of what was not sent', () => {
  expect(completePromoCode(CODE, { code: 'SAVE', terms: TERMS })).toMatchObject({
    maxRedemptions: null,
    expiresAt: null,
    customerId: null,
    planId: null,
    firstTransactionOnly: false,
    minimumOrder: null,
  });
});

it('what an answer says stands, also where it is something else than what was sent', () => {
  const told = {
    active: false,
    maxRedemptions: null,
    expiresAt: 5,
    customerId: null,
    planId: null,
    minimumOrder: null,
    duration: { kind: 'ONCE' } as const,
  };
  expect(completePromoCode({ ...CODE, ...told }, SENT)).toMatchObject({ ...told, code: 'SAVE' });
});

it('a repeating duration whose count is left out has the count that was sent', () => {
  const duration = { kind: 'REPEATING', count: null, unit: 'MONTH' } as const;
  expect(completePromoCode({ ...CODE, duration }, SENT).duration).toEqual(TERMS.duration);
});

it('a new coupon has what was sent where the answer leaves it out', () => {
  const sent: NewCoupon = { ...TERMS, ...LIMITS, name: 'Save' };
  expect(completeCoupon(COUPON, sent)).toMatchObject({ ...sent, active: true, redeemedCount: undefined });
});

it('a change has what was sent where the answer leaves it out, and nothing else', () => {
  const change = { active: false, maxRedemptions: 1, expiresAt: null };
  expect(completeChangedPromoCode(CODE, change)).toMatchObject({ ...change, startsAt: undefined });
  expect(completeChangedPromoCode({ ...CODE, active: true, maxRedemptions: 3 }, change)).toMatchObject({
    active: true,
    maxRedemptions: 3,
  });
  expect(completeChangedCoupon(COUPON, { name: 'New' })).toMatchObject({ name: 'New', metadata: undefined });
});
