import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { chatdash } from '../../../src/providers/index.ts';
import { defined } from '../../support/defined.ts';
import { openScripted } from '../open-scripted.ts';
import { TEN_PERCENT } from '../subject.ts';
import { CODE, COUPON } from './answers.ts';

const PAST = 1_600_000_000;

const { provider, server, close } = await openScripted(chatdash, 'CHATDASH_BASE_URL', {
  CHATDASH_API_KEY: 'CD.1',
  STRIPE_CONNECT_ACCOUNTS: 'acct_1',
});
afterAll(close);
beforeEach(() => {
  server.received.length = 0;
});

async function listed(coupon: object) {
  server.answer({ data: [{ ...COUPON, ...coupon }], has_more: false, next_cursor: null });
  return defined((await provider.listCoupons?.({ limit: 10 }, {}))?.items[0]);
}

async function listedCode(code: object) {
  server.answer({ data: [{ ...CODE, ...code }], has_more: false, next_cursor: null });
  return defined((await provider.listPromoCodes?.({ limit: 10, couponId: 'rgJkxQB4' }, {}))?.items[0]);
}

describe('a coupon', () => {
  test('is read from the documented answer', async () => {
    expect(await listed({})).toEqual({
      kind: 'Coupon',
      providerId: 'rgJkxQB4',
      name: '3Months Off',
      discount: TEN_PERCENT,
      duration: { kind: 'REPEATING', count: 3, unit: 'MONTH' },
      active: true,
      maxRedemptions: null,
      redeemedCount: 6,
      startsAt: null,
      expiresAt: null,
      createdAt: 1_751_915_454_000,
      metadata: undefined,
    });
  });

  test.each([
    ['a percentage with decimals', { percent_off: 12.5 }, { kind: 'PERCENTAGE', percentage: '12.5' }],
    ['cents', { percent_off: null, amount_off: 500 }, { kind: 'FIXED', amount: { minorUnits: 500, currency: 'USD' } }],
    [
      "ISK in Stripe's two decimals",
      { percent_off: null, amount_off: 50_000, currency: 'isk' },
      { kind: 'FIXED', amount: { minorUnits: 500, currency: 'ISK' } },
    ],
    [
      "MGA in Stripe's whole ariary",
      { percent_off: null, amount_off: 700, currency: 'mga' },
      { kind: 'FIXED', amount: { minorUnits: 70_000, currency: 'MGA' } },
    ],
    [
      'a script, if percentage and amount are null',
      { percent_off: null, amount_off: null },
      { kind: 'PROVIDER_DEFINED' },
    ],
    [
      'a script, if the answer contains one',
      { percent_off: undefined, script: { id: 'scr_1' } },
      { kind: 'PROVIDER_DEFINED' },
    ],
  ])('has the discount of %s', async (_, answered, discount) => {
    expect((await listed(answered)).discount).toEqual(discount);
  });

  test.each([
    ['an expired one', { valid: false, redeem_by: PAST }, true],
    ['a used-up one', { valid: false, max_redemptions: 6 }, true],
    ['a deleted one', { valid: false, redeem_by: null, max_redemptions: 7 }, false],
  ])('%s: active is %3$s', async (_, answered, active) => {
    expect((await listed(answered)).active).toBe(active);
  });
});

describe('a promotion code', () => {
  test('contains the whole coupon', async () => {
    const coupon = await listed({});

    expect(await listedCode({})).toMatchObject({ coupon, discount: coupon.discount, duration: coupon.duration });
  });

  test('is requested for its account', async () => {
    await listedCode({});

    expect(server.received[0]).toMatchObject({
      path: '/stripe/connect/accounts/acct_1/coupons/rgJkxQB4/promotion-codes?limit=10',
      headers: { authorization: 'CD.1' },
    });
  });

  test.each([
    ['with null restrictions has an unknown minimum', {}, { minimumOrder: undefined, firstTransactionOnly: true }],
    [
      'with first_time_transaction false is not limited to first transactions',
      { restrictions: { first_time_transaction: false } },
      { firstTransactionOnly: false },
    ],
    [
      'without restrictions has unknown conditions',
      { restrictions: null },
      { minimumOrder: undefined, firstTransactionOnly: undefined },
    ],
    [
      "has its minimum converted from Stripe's minor units",
      { restrictions: { minimum_amount: 100_000, minimum_amount_currency: 'isk' } },
      { minimumOrder: { minorUnits: 1000, currency: 'ISK' } },
    ],
    ['with a null customer is for all customers', { customer: null }, { customerId: null }],
    ['is active after its expiry', { active: false, expires_at: PAST }, { active: true, expiresAt: PAST * 1000 }],
    ['is active when it is used up', { active: false, expires_at: null, times_redeemed: 10 }, { active: true }],
    [
      'is active after the expiry of its coupon',
      { active: false, expires_at: null, coupon: { ...COUPON, valid: false, redeem_by: PAST } },
      { active: true },
    ],
    ['is inactive if somebody deactivated it', { active: false, expires_at: null }, { active: false }],
  ])('%s', async (_, answered, expected) => {
    expect(await listedCode(answered)).toMatchObject(expected);
  });
});

describe('a promotion code in the shape of September 2025', () => {
  const { coupon: _, ...bare } = CODE;

  test('contains the whole coupon in promotion', async () => {
    server.answer({ data: [{ ...bare, promotion: { type: 'coupon', coupon: COUPON } }], has_more: false });
    const [code] = defined(await provider.listPromoCodes?.({ limit: 10, couponId: 'rgJkxQB4' }, {})).items;

    expect(code).toEqual(await listedCode({}));
  });

  test('with only the id of its coupon gets the terms from the list of coupons, which is read once per page', async () => {
    const coupon = await listed({});
    const named = { ...bare, promotion: { type: 'coupon', coupon: 'rgJkxQB4' } };
    server.received.length = 0;
    server.treat(({ url }, response) => {
      const data = url?.includes('/promotion-codes') ? [named, { ...named, id: 'promo_2' }] : [COUPON];
      response.end(JSON.stringify({ data, has_more: false }));
    });

    const page = await provider.listPromoCodes?.({ limit: 10, couponId: 'rgJkxQB4' }, {});

    expect(page?.items).toMatchObject([
      { coupon, discount: coupon.discount },
      { coupon, discount: coupon.discount },
    ]);
    expect(server.received).toHaveLength(2);
  });

  test('whose coupon is in no list has unknown terms', async () => {
    server.treat(({ url }, response) => {
      const data = url?.includes('/promotion-codes') ? [{ ...bare, promotion: { type: 'coupon', coupon: null } }] : [];
      response.end(JSON.stringify({ data, has_more: false }));
    });

    const page = await provider.listPromoCodes?.({ limit: 10, couponId: 'rgJkxQB4' }, {});

    expect(page?.items).toMatchObject([
      { coupon: { kind: 'CouponReference', providerId: 'rgJkxQB4' }, discount: undefined, duration: undefined },
    ]);
  });

  test('with a promotion of another type is left out', async () => {
    server.answer({ data: [{ ...bare, promotion: { type: 'gift', coupon: null } }], has_more: false });

    const page = await provider.listPromoCodes?.({ limit: 10, couponId: 'rgJkxQB4' }, {});
    expect(page).toMatchObject({ items: [], unreadable: 1 });
  });
});

describe('a list of coupons', () => {
  test('skips and counts the coupons that the gateway cannot express', async () => {
    const ugandan = { ...COUPON, id: 'ug', percent_off: null, amount_off: 500, currency: 'ugx' };
    server.answer({ data: [ugandan, COUPON, { ...COUPON, duration: 'seasonal' }], has_more: false });

    const page = await provider.listCoupons?.({ limit: 10 }, {});

    expect(page).toMatchObject({ items: [{ providerId: 'rgJkxQB4' }], unreadable: 2, next: null });
  });

  test('continues after a page on which every coupon is unreadable, and counts them', async () => {
    server.answer({ data: [{ id: 1 }], has_more: true, next_cursor: 'rgJkxQB4' });

    expect(await provider.listCoupons?.({ limit: 10 }, {})).toMatchObject({
      items: [],
      unreadable: 1,
      next: 'rgJkxQB4',
    });
  });

  test.each([
    ['continues at its cursor', { has_more: true, next_cursor: 'rgJkxQB4' }, 'rgJkxQB4'],
    ['ends without a cursor', { has_more: true, next_cursor: null }, null],
    ['ends when has_more is false', { has_more: false, next_cursor: 'rgJkxQB4' }, null],
  ])('%s', async (_, paging, next) => {
    server.answer({ data: [COUPON], ...paging });

    expect(await provider.listCoupons?.({ limit: 1000, cursor: 'before' }, {})).toMatchObject({ next });
    expect(server.received[0]?.path.endsWith('/coupons?limit=100&starting_after=before')).toBe(true);
  });
});
