import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { stripe } from '../../../src/providers/index.ts';
import { openScripted } from '../open-scripted.ts';
import { failureOf, writeCall } from '../subject.ts';
import { CODE, COUPON } from './answers.ts';

const { provider, server, close } = await openScripted(stripe, 'STRIPE_BASE_URL', { STRIPE_SECRET_KEY: 'sk_test_1' });
afterAll(close);
beforeEach(() => {
  server.received.length = 0;
});

async function readCode(code: object) {
  server.answer({ ...CODE, ...code });
  return provider.readPromoCode?.('promo_1', {});
}

test('a coupon is read with its products, its amounts in other currencies, and the write that created it', async () => {
  server.answer(COUPON);

  expect(await provider.readCoupon?.('Z4OV52SU', {})).toEqual({
    kind: 'Coupon',
    providerId: 'Z4OV52SU',
    name: 'Five off',
    discount: {
      kind: 'FIXED',
      amount: { minorUnits: 500, currency: 'USD' },
      currencyOptions: [
        { minorUnits: 450, currency: 'EUR' },
        { minorUnits: 700, currency: 'ISK' },
      ],
    },
    duration: { kind: 'REPEATING', count: 3, unit: 'MONTH' },
    active: true,
    maxRedemptions: 100,
    redeemedCount: 6,
    startsAt: null,
    expiresAt: 1_900_000_000_000,
    createdAt: 1_790_000_000_000,
    metadata: { team: 'a' },
    intentId: 'intent_1',
    productIds: ['prod_1'],
  });
});

test('amounts in a currency whose decimals at Stripe are not known are left out', async () => {
  server.answer({ ...COUPON, currency_options: { ugx: { amount_off: 5 }, jpy: { amount_off: 50 } } });

  expect(await provider.readCoupon?.('Z4OV52SU', {})).toMatchObject({
    discount: { currencyOptions: [{ minorUnits: 50, currency: 'JPY' }] },
  });
});

describe('a promotion code', () => {
  test('has the terms and products of its coupon, and conditions of its own', async () => {
    expect(await readCode({})).toMatchObject({
      code: 'SUMMER20',
      coupon: { providerId: 'Z4OV52SU', productIds: ['prod_1'] },
      discount: { kind: 'FIXED', amount: { minorUnits: 500, currency: 'USD' } },
      customerId: 'cus_1',
      firstTransactionOnly: true,
      minimumOrder: { minorUnits: 1000, currency: 'USD' },
      minimumOrderOptions: [{ minorUnits: 900, currency: 'EUR' }],
      metadata: { campaign: 'b' },
      intentId: 'intent_2',
    });
  });

  const { first_time_transaction: _, ...halfRestrictions } = CODE.restrictions;
  test.each([
    ['with null restrictions has none', { restrictions: null }, { minimumOrder: null, firstTransactionOnly: false }],
    ['without a minimum has none', { restrictions: { minimum_amount: null } }, { minimumOrder: null }],
    [
      'without a restriction in the answer has it unknown',
      { restrictions: halfRestrictions },
      { firstTransactionOnly: undefined },
    ],
    [
      'for an account that is a customer is for that one',
      { customer: null, customer_account: 'acct_9' },
      { customerId: 'acct_9' },
    ],
    ['that is used up counts as switched on', { active: false, times_redeemed: 10 }, { active: true }],
    ['that somebody switched off is inactive', { active: false }, { active: false }],
    [
      'whose coupon was deleted is inactive, as the coupon is',
      { active: false, promotion: { type: 'coupon', coupon: { id: 'Z4OV52SU', deleted: true } } },
      { active: false, coupon: { kind: 'Coupon', active: false }, discount: undefined },
    ],
    [
      'whose deleted coupon is not named has unknown terms',
      { active: false, promotion: { type: 'coupon', coupon: null } },
      { active: false, coupon: null, discount: undefined },
    ],
  ])('%s', async (_name, answered, expected) => {
    expect(await readCode(answered)).toMatchObject(expected);
  });
});

describe('a look-up by text', () => {
  const list = (codes: object[], has_more = false) => JSON.stringify({ object: 'list', data: codes, has_more });

  test('finds the codes of several customers, the active ones first, without those of a deleted coupon', async () => {
    const codes = [
      { ...CODE, id: 'promo_3', active: false, expires_at: null },
      { ...CODE, id: 'promo_2', customer: 'cus_2' },
      { ...CODE, id: 'promo_0', active: false, promotion: { type: 'coupon', coupon: null } },
      { ...CODE, id: 'promo_1' },
    ];
    server.treat((_request, response) => response.end(list(codes)));

    const found = await provider.findPromoCodes?.('summer20', {});

    expect(found?.map(({ providerId }) => providerId)).toEqual(['promo_2', 'promo_1', 'promo_3']);
    expect(server.received).toHaveLength(1);
  });

  test('finds active codes that are older than a hundred others', async () => {
    server.treat(({ url = '' }, response) => {
      const active = [{ ...CODE, id: 'promo_1' }];
      response.end(
        url.includes('active=true') ? list(active) : list([{ ...CODE, id: 'promo_9', active: false }], true),
      );
    });

    expect(await provider.findPromoCodes?.('SUMMER20', {})).toMatchObject([
      { providerId: 'promo_1' },
      { providerId: 'promo_9' },
    ]);
  });
});

describe('after a lost answer', () => {
  const promoCode = { code: 'SUMMER20', terms: { couponId: 'Z4OV52SU' }, customerId: 'cus_1' };
  const find = (intentId: string, code: object) => {
    server.answer({ data: [{ ...CODE, ...code }], has_more: false });
    return provider.findMadePromoCode?.(promoCode, { intentId });
  };

  test('a promotion code is found by the mark in its metadata', async () => {
    expect(await find('intent_2', {})).toMatchObject({ providerId: CODE.id });
    expect(await find('intent_3', {})).toBeNull();
    expect(server.received[0]?.path).toContain('code=SUMMER20&coupon=Z4OV52SU');
  });

  test('a promotion code without a mark may be that of the write, unless it is for another customer', async () => {
    expect(await find('intent_3', { metadata: {} })).toBe('UNDECIDABLE');
    expect(await find('intent_3', { metadata: {}, customer: 'cus_2' })).toBeNull();
  });

  test('a promotion code that cannot be read may be that of the write', async () => {
    expect(await find('intent_3', { promotion: { type: 'gift' } })).toBe('UNDECIDABLE');
  });

  test('a coupon is found by its id, which is made of the write', async () => {
    server.answer(COUPON);

    expect(await provider.findMadeCoupon?.({ intentId: 'intent_1' })).toMatchObject({ providerId: 'Z4OV52SU' });
    expect(server.received[0]?.path.split('?')[0]).toBe('/v1/coupons/gateway-intent_1');
  });

  test('a creation that Stripe refuses, because the coupon with this id exists, returns that coupon', async () => {
    const taken = {
      error: { type: 'invalid_request_error', code: 'resource_already_exists', message: 'Coupon already exists.' },
    };
    server.treat(({ method }, response) =>
      method === 'POST' ? response.writeHead(400).end(JSON.stringify(taken)) : response.end(JSON.stringify(COUPON)),
    );
    const discount = { kind: 'PERCENTAGE', percentage: '10' } as const;

    const made = await provider.createCoupon?.({ name: 'Sale', discount, duration: { kind: 'ONCE' } }, writeCall());

    expect(made).toMatchObject({ providerId: 'Z4OV52SU' });
  });
});

test('a coupon that is gone already is archived, unless only the base URL is wrong', async () => {
  const missing = { error: { code: 'resource_missing', param: 'coupon', message: "No such coupon: 'a'" } };
  server.answer(missing, 404);
  expect(await provider.archiveCoupon?.('a', writeCall())).toMatchObject({ providerId: 'a', active: false });

  server.treat((_request, response) => response.writeHead(404).end('404 page not found'));
  expect(await failureOf(provider.archiveCoupon?.('a', writeCall()))).toMatchObject({ kind: 'REJECTED' });
});
