import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { WriteCall } from '../../../src/domain/provider/provider.ts';
import { stripe } from '../../../src/providers/index.ts';
import { openScripted } from '../open-scripted.ts';
import { CODE, COUPON } from './answers.ts';

const ENVIRONMENT = { STRIPE_SECRET_KEY: 'sk_test_1', STRIPE_ACCOUNTS: 'acct_1' };
const { provider, server, close } = await openScripted(stripe, 'STRIPE_BASE_URL', ENVIRONMENT);
afterAll(close);
beforeEach(() => {
  server.received.length = 0;
});

const call: WriteCall = { intentId: 'intent_9' };
const EXPANDED_COUPON = { 'expand[0]': 'applies_to', 'expand[1]': 'currency_options' };
const EXPANDED_CODE = {
  'expand[0]': 'promotion.coupon',
  'expand[1]': 'promotion.coupon.applies_to',
  'expand[2]': 'promotion.coupon.currency_options',
  'expand[3]': 'restrictions.currency_options',
};

describe('the request that creates', () => {
  test('a coupon is a form for the account, with a version, an idempotency key and an id of its own', async () => {
    server.answer(COUPON);
    const amount = { minorUnits: 500, currency: 'USD' };
    const currencyOptions = [{ minorUnits: 700, currency: 'ISK' }];
    const coupon = {
      name: 'Sale',
      discount: { kind: 'FIXED', amount, currencyOptions },
      duration: { kind: 'REPEATING', count: 3, unit: 'MONTH' },
      maxRedemptions: 5,
      expiresAt: Date.UTC(2027, 0, 1, 0, 0, 0, 999),
      metadata: { 'a b': 'ä&' },
    } as const;

    await provider.createCoupon?.({ ...coupon, discount: { ...coupon.discount, currencyOptions } }, call);

    const [received] = server.received;
    expect(received).toMatchObject({ method: 'POST', path: '/v1/coupons' });
    expect(received?.headers).toMatchObject({
      authorization: 'Bearer sk_test_1',
      'stripe-version': '2026-10-28.endive',
      'stripe-account': 'acct_1',
      'idempotency-key': 'intent_9',
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(received?.body).toEqual({
      id: 'gateway-intent_9',
      name: 'Sale',
      amount_off: '500',
      currency: 'usd',
      'currency_options[isk][amount_off]': '70000',
      duration: 'repeating',
      duration_in_months: '3',
      max_redemptions: '5',
      redeem_by: String(Date.UTC(2027) / 1000),
      'metadata[a b]': 'ä&',
      'metadata[promo_gateway_intent]': 'intent_9',
      ...EXPANDED_COUPON,
    });
  });

  test('a promotion code names its coupon in `promotion`, as since version 2025-09-30', async () => {
    server.answer(CODE);
    const conditions = {
      customerId: 'cus_1',
      maxRedemptions: 10,
      firstTransactionOnly: true,
      minimumOrder: { minorUnits: 1000, currency: 'USD' },
      minimumOrderOptions: [{ minorUnits: 900, currency: 'EUR' }],
    };

    await provider.createPromoCode?.({ code: 'SUMMER20', terms: { couponId: 'Z4OV52SU' }, ...conditions }, call);

    expect(server.received[0]).toMatchObject({
      path: '/v1/promotion_codes',
      headers: { 'idempotency-key': 'intent_9' },
    });
    expect(server.received[0]?.body).toEqual({
      'promotion[type]': 'coupon',
      'promotion[coupon]': 'Z4OV52SU',
      code: 'SUMMER20',
      customer: 'cus_1',
      max_redemptions: '10',
      'restrictions[first_time_transaction]': 'true',
      'restrictions[minimum_amount]': '1000',
      'restrictions[minimum_amount_currency]': 'usd',
      'restrictions[currency_options][eur][minimum_amount]': '900',
      'metadata[promo_gateway_intent]': 'intent_9',
      ...EXPANDED_CODE,
    });
  });
});

test('metadata is replaced by removing the other keys, because Stripe merges; the marks stay', async () => {
  server.answer(COUPON);

  await provider.updateCoupon?.('Z4OV52SU', { metadata: { since: '5' } }, call);

  expect(server.received.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /v1/coupons/Z4OV52SU',
    'POST /v1/coupons/Z4OV52SU',
  ]);
  expect(server.received[1]?.body).toEqual({ 'metadata[team]': '', 'metadata[since]': '5', ...EXPANDED_COUPON });
});

test('switching a code off sends only that', async () => {
  server.answer({ ...CODE, active: false });

  await provider.updatePromoCode?.('promo_1', { active: false }, call);

  expect(server.received).toMatchObject([
    { method: 'POST', path: '/v1/promotion_codes/promo_1', body: { active: 'false', ...EXPANDED_CODE } },
  ]);
});

test('calls for the account of the key name no account', async () => {
  const own = await openScripted(stripe, 'STRIPE_BASE_URL', { STRIPE_SECRET_KEY: 'rk_live_1' });
  own.server.answer(COUPON);

  expect(await own.provider.readCoupon?.('Z4OV52SU', {})).toMatchObject({ providerId: 'Z4OV52SU' });

  expect(own.provider).toMatchObject({ account: 'platform', mode: 'LIVE' });
  expect(own.server.received[0]?.headers).not.toHaveProperty('stripe-account');
  expect(own.server.received[0]?.headers).not.toHaveProperty('idempotency-key');
  await own.close();
});

test('a list continues after its last entry, even if that one cannot be read', async () => {
  server.answer({ object: 'list', has_more: true, data: [CODE, { id: 'promo_2', promotion: { type: 'gift' } }] });

  const page = await provider.listPromoCodes?.({ couponId: 'Z4OV52SU', cursor: 'promo_0', limit: 500 }, {});

  expect(page).toMatchObject({ items: [{ providerId: CODE.id }], unreadable: 1, next: 'promo_2' });
  const query = new URLSearchParams(server.received[0]?.path.split('?')[1]);
  expect(Object.fromEntries(query)).toEqual({
    coupon: 'Z4OV52SU',
    limit: '100',
    starting_after: 'promo_0',
    'expand[0]': 'data.promotion.coupon',
    'expand[1]': 'data.promotion.coupon.applies_to',
    'expand[2]': 'data.promotion.coupon.currency_options',
    'expand[3]': 'data.restrictions.currency_options',
  });
});
