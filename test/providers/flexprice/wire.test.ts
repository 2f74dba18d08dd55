import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { flexprice } from '../../../src/providers/index.ts';
import { openScripted } from '../open-scripted.ts';
import { failureOf, writeCall } from '../subject.ts';

const LAUNCH = {
  id: 'coupon_01K3C0Q7J6V5W4X3Y2Z1A0B9C8',
  name: 'Launch 15',
  redeem_after: null,
  redeem_before: '2026-12-31T23:59:59Z',
  max_redemptions: 100,
  total_redemptions: 4,
  rules: null,
  amount_off: '0',
  percentage_off: '15',
  type: 'percentage',
  cadence: 'once',
  duration_in_periods: null,
  currency: '',
  coupon_code: 'launch15',
  metadata: null,
  environment_id: 'env_x',
  tenant_id: 'tenant_x',
  status: 'published',
  created_at: '2026-08-22T13:00:00.123456Z',
  updated_at: '2026-08-22T13:00:00.123456Z',
};
const FIXED = { type: 'fixed', percentage_off: '0' };

const { provider, server, close } = await openScripted(flexprice, 'FLEXPRICE_BASE_URL', { FLEXPRICE_API_KEY: 'sk_1' });
afterAll(close);
beforeEach(() => {
  server.received.length = 0;
});

const find = async () => (await provider.findPromoCodes?.('launch15', {}))?.[0] ?? null;

describe('an answer of Flexprice', () => {
  test('with a coupon that has a code is a promo code', async () => {
    server.answer(LAUNCH);

    expect(await find()).toEqual({
      kind: 'PromoCode',
      providerId: 'coupon_01K3C0Q7J6V5W4X3Y2Z1A0B9C8',
      code: 'launch15',
      coupon: null,
      discount: { kind: 'PERCENTAGE', percentage: '15' },
      duration: { kind: 'ONCE' },
      active: true,
      maxRedemptions: 100,
      redeemedCount: 4,
      startsAt: null,
      expiresAt: Date.UTC(2026, 11, 31, 23, 59, 59),
      createdAt: Date.UTC(2026, 7, 22, 13, 0, 0, 123),
      metadata: null,
      intentId: null,
      isOneOfBoth: true,
      customerId: null,
      planId: null,
      firstTransactionOnly: false,
      minimumOrder: null,
    });
  });

  test.each([
    ['four decimals of a percent', { percentage_off: '33.3333' }, { kind: 'PERCENTAGE', percentage: '33.3333' }],
    ['trailing zeros', { percentage_off: '15.50' }, { kind: 'PERCENTAGE', percentage: '15.5' }],
    ['a number for a decimal', { percentage_off: 15.5 }, { kind: 'PERCENTAGE', percentage: '15.5' }],
    ['an amount', { ...FIXED, amount_off: '10.5', currency: 'usd' }, fixed(1050, 'USD')],
    ['an amount in upper case', { ...FIXED, amount_off: '10', currency: 'USD' }, fixed(1000, 'USD')],
    ['a currency without decimals', { ...FIXED, amount_off: '1500', currency: 'jpy' }, fixed(1500, 'JPY')],
    ['a currency with three', { ...FIXED, amount_off: '1.234', currency: 'kwd' }, fixed(1234, 'KWD')],
    ['more decimals than the currency has', { ...FIXED, amount_off: '1.00500000', currency: 'usd' }, fixed(101, 'USD')],
    ['no currency', { ...FIXED, amount_off: '10', currency: '' }, fixed(1000, 'XXX')],
  ])('has this discount: %s', async (_, answered, discount) => {
    server.answer({ ...LAUNCH, ...answered });

    expect((await find())?.discount).toEqual(discount);
  });

  test.each([
    ['archived', { status: 'archived' }, { active: false }],
    [
      'repeated',
      { cadence: 'repeated', duration_in_periods: 3 },
      { duration: { kind: 'REPEATING', count: 3, unit: 'BILLING_PERIOD' } },
    ],
    ['with the cadence forever has the duration FOREVER', { cadence: 'forever' }, { duration: { kind: 'FOREVER' } }],
    ['with a null limit has no limit', { max_redemptions: null }, { maxRedemptions: null }],
    [
      'with marks hides them from the metadata',
      { metadata: { team: 'a', promo_gateway_intent: 'intent_1' } },
      { metadata: { team: 'a' }, intentId: 'intent_1' },
    ],
    [
      'with metadata but no mark keeps the metadata',
      { metadata: { kind: 'coupon' } },
      { metadata: { kind: 'coupon' } },
    ],
  ])('%s', async (_, answered, expected) => {
    server.answer({ ...LAUNCH, ...answered });

    expect(await find()).toMatchObject(expected);
  });

  test.each([
    ['an unknown type', { type: 'tiered' }],
    ['an unknown cadence', { cadence: 'seasonal' }],
    ['a discount that is not set', { percentage_off: '0' }],
    ['an amount that is not set', { ...FIXED, amount_off: '0', currency: 'usd' }],
    ['an invalid currency', { ...FIXED, amount_off: '10', currency: 'points' }],
    ['an amount beyond the largest safe integer', { ...FIXED, amount_off: '99999999999999999', currency: 'usd' }],
  ])('with %s is refused', async (_, answered) => {
    server.answer({ ...LAUNCH, ...answered });

    expect(await failureOf(find())).toMatchObject({ kind: 'MALFORMED_ANSWER', unchanged: true });
  });

  test.each([
    ['with null items is an empty list', { items: null, pagination: { total: 0, limit: 50, offset: 0 } }, null],
    [
      'with more items has an offset as cursor',
      { items: [LAUNCH], pagination: { total: 2, limit: 1, offset: 0 } },
      '1',
    ],
    [
      'with an unreadable entry continues after it',
      { items: [{ ...LAUNCH, type: 'tiered' }, LAUNCH], pagination: { total: 3, limit: 2, offset: 0 } },
      '2',
    ],
    [
      'with an empty page before the end is the last page',
      { items: [], pagination: { total: 2, limit: 1, offset: 0 } },
      null,
    ],
  ])('%s', async (_, answered, next) => {
    server.answer(answered);

    expect((await provider.listPromoCodes?.({ limit: 1 }, {}))?.next).toBe(next);
  });
});

describe('a request to Flexprice', () => {
  const terms = {
    discount: fixed(1050, 'USD'),
    duration: { kind: 'REPEATING', count: 3, unit: 'BILLING_PERIOD' },
  } as const;

  test('for a promo code creates a coupon with the same name and a mark of the intent', async () => {
    server.answer(LAUNCH, 201);
    const call = writeCall();
    const dates = { startsAt: Date.UTC(2027), expiresAt: Date.UTC(2027, 1) };

    await provider.createPromoCode?.(
      { code: 'Launch15', terms, ...dates, maxRedemptions: 9, metadata: { a: 'b' } },
      call,
    );

    expect(server.received).toMatchObject([{ path: '/coupons', headers: { 'x-api-key': 'sk_1' } }]);
    expect(server.received[0]?.body).toEqual({
      name: 'Launch15',
      coupon_code: 'Launch15',
      type: 'fixed',
      amount_off: '10.50',
      currency: 'usd',
      cadence: 'repeated',
      duration_in_periods: 3,
      max_redemptions: 9,
      redeem_after: '2027-01-01T00:00:00.000Z',
      redeem_before: '2027-02-01T00:00:00.000Z',
      metadata: { a: 'b', promo_gateway_intent: call.intentId },
    });
  });

  test('for a promo code fails if the server ignored the code', async () => {
    server.answer({ ...LAUNCH, coupon_code: undefined }, 201);

    const failure = await failureOf(provider.createPromoCode?.({ code: 'Launch15', terms }, writeCall()));

    expect(failure).toMatchObject({ kind: 'MALFORMED_ANSWER', unchanged: false });
  });

  test('for a code has the code as one segment of the path', async () => {
    server.answer(LAUNCH);

    await provider.findPromoCodes?.('50% off?', {});

    expect(server.received[0]?.path).toBe('/coupons/code/50%25%20off%3F');
  });
});

describe('an error', () => {
  test.each([
    ['flat', { code: 'validation_error', message: 'Please provide a coupon name', http_status_code: 400 }],
    ['nested, of before April 2026', { success: false, error: { message: 'Please provide a coupon name' } }],
    ['of the middleware', { error: 'Please provide a coupon name' }],
    ['of another middleware', { message: 'Please provide a coupon name' }],
  ])('of the form %s is quoted in the log', async (_, body) => {
    server.answer(body, 400);

    expect((await failureOf(find())).message).toBe('findPromoCodes: HTTP 400, Please provide a coupon name');
  });

  test.each([
    ['of an unknown shape', { code: 5, message: ['a'], error: { reason: 'b' } }],
    ['that is a list', ['a']],
  ])('%s is judged by its status', async (_, body) => {
    server.answer(body, 400);

    expect(await failureOf(find())).toMatchObject({ kind: 'REJECTED', message: 'findPromoCodes: HTTP 400' });
  });
});

test.each([
  ['launch 15%', true],
  ['a/b', false],
  ['..', false],
  ['.', false],
  ['...', true],
])('Flexprice can look the code %j up: %s', (code, fits) => {
  expect(provider.capabilities.code.pattern?.test(code)).toBe(fits);
});

test.each([
  [{ minorUnits: 99_999_999_999_999, currency: 'USD' }, true],
  [{ minorUnits: 100_000_000_000_000, currency: 'USD' }, false],
])("the amount %j fits Flexprice's column: %s", (amount, fits) => {
  expect(provider.capabilities.carriesAmount?.(amount)).toBe(fits);
});

test.each([
  [{ team: 'a' }, true],
  [{ promo_gateway_kind: 'coupon' }, false],
])('the metadata %j can be stored at Flexprice: %s', (metadata, fits) => {
  expect(provider.capabilities.carriesMetadata?.(metadata)).toBe(fits);
});

function fixed(minorUnits: number, currency: string) {
  return { kind: 'FIXED', amount: { minorUnits, currency } } as const;
}
