import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { chatdash } from '../../../src/providers/index.ts';
import { openScripted } from '../open-scripted.ts';
import { failureOf, writeCall } from '../subject.ts';
import { CODE, COUPON } from './answers.ts';

const { provider, server, close } = await openScripted(chatdash, 'CHATDASH_BASE_URL', {
  CHATDASH_API_KEY: 'CD.1',
  STRIPE_CONNECT_ACCOUNTS: 'acct_1',
});
afterAll(close);
beforeEach(() => {
  server.received.length = 0;
});

describe('the request for', () => {
  test('a coupon has times in seconds and the currency in lower case', async () => {
    server.answer(COUPON, 201);
    const discount = { kind: 'FIXED', amount: { minorUnits: 500, currency: 'ISK' } } as const;
    const duration = { kind: 'REPEATING', count: 3, unit: 'MONTH' } as const;
    const expiresAt = Date.UTC(2027, 0, 1, 0, 0, 0, 999);

    await provider.createCoupon?.({ name: 'Sale', discount, duration, maxRedemptions: 5, expiresAt }, writeCall());

    expect(server.received[0]?.body).toEqual({
      data: {
        name: 'Sale',
        amount_off: 50_000,
        currency: 'isk',
        duration: 'repeating',
        duration_in_months: 3,
        max_redemptions: 5,
        redeem_by: Date.UTC(2027) / 1000,
      },
    });
  });

  test('a promotion code has its restrictions; a minimum that the answer omits is unknown', async () => {
    server.answer(CODE, 201);
    const minimumOrder = { minorUnits: 1000, currency: 'USD' };
    const promoCode = { code: 'SUMMER20', terms: { couponId: 'rgJkxQB4' }, firstTransactionOnly: true, minimumOrder };

    const created = await provider.createPromoCode?.(promoCode, writeCall());

    expect(server.received[0]?.body).toEqual({
      data: {
        coupon: 'rgJkxQB4',
        code: 'SUMMER20',
        restrictions: { first_time_transaction: true, minimum_amount: 1000, minimum_amount_currency: 'usd' },
      },
    });
    expect(created?.minimumOrder).toBeUndefined();
  });

  test('a promotion code without conditions has no restrictions', async () => {
    server.answer({ ...CODE, restrictions: null }, 201);

    const created = await provider.createPromoCode?.({ code: 'A', terms: { couponId: 'x' } }, writeCall());

    expect(server.received[0]?.body).toEqual({ data: { coupon: 'x', code: 'A' } });
    expect(created).toMatchObject({ minimumOrder: undefined, firstTransactionOnly: undefined });
  });
});

describe("Stripe's refusals that ChatDash forwards with a 500", () => {
  const create = () => provider.createPromoCode?.({ code: 'A', terms: { couponId: 'x' } }, writeCall());

  test.each([
    ['An active promotion code with `code: A` already exists.', 'CODE_TAKEN'],
    ["No such coupon: 'x'", 'NOT_FOUND'],
    ["No such customer: 'cus_1'", undefined],
    ['The parameter `expires_at` expects a unix timestamp representing a date and time in the future.', undefined],
  ])('%s', async (error, reason) => {
    server.answer({ error }, 500);

    expect(await failureOf(create())).toMatchObject({ kind: 'REJECTED', reason, unchanged: true });
  });

  test('are recognised in an object as well as in a text', async () => {
    server.answer({ error: { message: "No such coupon: 'x'" } }, 500);

    expect(await failureOf(create())).toMatchObject({ kind: 'REJECTED', reason: 'NOT_FOUND' });
  });

  test('are not recognised in other texts', async () => {
    server.answer({ error: 'An unexpected error occurred' }, 500);

    expect(await failureOf(create())).toMatchObject({ kind: 'UNAVAILABLE', unchanged: false });
  });
});

test.each([
  ['SUMMER_20-a', true],
  ['SUMMER 20', false],
  ['ÉTÉ', false],
  ['', false],
])('Stripe accepts the code %j: %s', (code, fits) => {
  expect(provider.capabilities.code.pattern?.test(code)).toBe(fits);
});
