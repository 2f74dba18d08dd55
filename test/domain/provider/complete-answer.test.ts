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

it('the answer to a new promo code gets the sent values of omitted fields, except the count', () => {
  const { terms, ...sent } = SENT;
  expect(completePromoCode(CODE, SENT)).toMatchObject({ ...sent, ...terms, active: true, redeemedCount: undefined });
});

it('the answer to a new promo code has empty values for fields that were not sent', () => {
  expect(completePromoCode(CODE, { code: 'SAVE', terms: TERMS })).toMatchObject({
    maxRedemptions: null,
    expiresAt: null,
    customerId: null,
    planId: null,
    firstTransactionOnly: false,
    minimumOrder: null,
  });
});

it('a field in the answer wins over the sent value', () => {
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

it('a repeating duration without a count gets the sent count', () => {
  const duration = { kind: 'REPEATING', count: null, unit: 'MONTH' } as const;
  expect(completePromoCode({ ...CODE, duration }, SENT).duration).toEqual(TERMS.duration);
});

it('the answer to a new coupon gets the sent values of omitted fields', () => {
  const sent: NewCoupon = { ...TERMS, ...LIMITS, name: 'Save' };
  expect(completeCoupon(COUPON, sent)).toMatchObject({ ...sent, active: true, redeemedCount: undefined });
});

it('the answer to a change gets only the changed values of omitted fields', () => {
  const change = { active: false, maxRedemptions: 1, expiresAt: null };
  expect(completeChangedPromoCode(CODE, change)).toMatchObject({ ...change, startsAt: undefined });
  expect(completeChangedPromoCode({ ...CODE, active: true, maxRedemptions: 3 }, change)).toMatchObject({
    active: true,
    maxRedemptions: 3,
  });
  expect(completeChangedCoupon(COUPON, { name: 'New' })).toMatchObject({ name: 'New', metadata: undefined });
});
