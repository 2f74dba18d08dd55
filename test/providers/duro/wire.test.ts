import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { duro } from '../../../src/providers/index.ts';
import { openScripted } from '../open-scripted.ts';
import { failureOf, TOMORROW, writeCall } from '../subject.ts';

const LAUNCH50 = {
  id: 'promo_1',
  code: 'LAUNCH50',
  discountType: 'percentage',
  discountValue: 50,
  duration: 'once',
  redeemedCount: 3,
  remaining: 97,
  active: true,
  expiresAt: '2027-01-31T23:59:59Z',
  createdAt: '2026-06-28T09:00:00.000Z',
};

const { provider, server, close } = await openScripted(duro, 'DURO_BASE_URL', { DURO_API_KEY: 'sk_test_1' });
afterAll(close);
beforeEach(() => {
  server.received.length = 0;
});

const read = () => provider.readPromoCode?.('promo_1', {});

describe('an answer of Duro', () => {
  test('has a limit that is the sum of used and remaining uses; plan, count and metadata are unknown', async () => {
    server.answer(LAUNCH50);

    expect(await read()).toEqual({
      kind: 'PromoCode',
      providerId: 'promo_1',
      code: 'LAUNCH50',
      coupon: null,
      discount: { kind: 'PERCENTAGE', percentage: '50' },
      duration: { kind: 'ONCE' },
      active: true,
      maxRedemptions: 100,
      redeemedCount: 3,
      startsAt: null,
      expiresAt: Date.UTC(2027, 0, 31, 23, 59, 59),
      createdAt: Date.UTC(2026, 5, 28, 9),
      metadata: undefined,
      customerId: null,
      planId: undefined,
      firstTransactionOnly: false,
      minimumOrder: null,
    });
  });

  test.each([
    [
      'has no limit and no end for null',
      { remaining: null, expiresAt: null },
      { maxRedemptions: null, expiresAt: null },
    ],
    [
      'has an unknown limit and end if they are absent',
      { remaining: undefined, expiresAt: undefined },
      { maxRedemptions: undefined, expiresAt: undefined, redeemedCount: 3 },
    ],
    ['has a limit equal to its uses if none remain', { remaining: 0 }, { maxRedemptions: 3 }],
    ['may have a limit below its uses', { remaining: -1 }, { maxRedemptions: 2 }],
    [
      'has an unknown limit if the count is absent',
      { redeemedCount: undefined },
      { redeemedCount: undefined, maxRedemptions: undefined, remaining: 97 },
    ],
    ['can have no limit without a count', { redeemedCount: undefined, remaining: null }, { maxRedemptions: null }],
    ['has an unknown duration if it is absent', { duration: undefined }, { duration: undefined }],
    [
      'has an unknown count of periods if it is repeating',
      { duration: 'repeating' },
      { duration: { kind: 'REPEATING', count: null, unit: 'BILLING_PERIOD' } },
    ],
    [
      'has an amount in kobo',
      { discountType: 'fixed', discountValue: 500_000 },
      { discount: { kind: 'FIXED', amount: { minorUnits: 500_000, currency: 'NGN' } } },
    ],
    [
      'has times without microseconds',
      { createdAt: '2026-06-28T09:00:00.123456Z' },
      { createdAt: Date.UTC(2026, 5, 28, 9, 0, 0, 123) },
    ],
    ['has times converted to UTC', { createdAt: '2026-06-28T10:00:00+01:00' }, { createdAt: Date.UTC(2026, 5, 28, 9) }],
    [
      'has times in UTC if they have no zone',
      { createdAt: '2026-06-28T09:00:00' },
      { createdAt: Date.UTC(2026, 5, 28, 9) },
    ],
    ['may have undocumented fields', { stackable: true }, { code: 'LAUNCH50' }],
  ])('%s', async (_, answered, expected) => {
    server.answer({ ...LAUNCH50, ...answered });

    expect(await read()).toMatchObject(expected);
  });

  test.each([
    ['a discount of a new type', { discountType: 'tiered' }],
    ['a duration of a new kind', { duration: 'seasonal' }],
    ['a fraction of a percent', { discountValue: 12.5 }],
    ['no id', { id: undefined }],
    ['an invalid date', { createdAt: 'yesterday' }],
  ])('with %s is refused', async (_, answered) => {
    server.answer({ ...LAUNCH50, ...answered });

    expect(await failureOf(read())).toMatchObject({ kind: 'MALFORMED_ANSWER', unchanged: true });
  });

  test.each([
    ['{ok, data}', { ok: true, data: LAUNCH50 }],
    ['a bare object with a data of its own', { ...LAUNCH50, data: { code: 'OTHER' } }],
    ['a bare object that has ok', { ...LAUNCH50, ok: true }],
  ])('is read in this envelope: %s', async (_, answered) => {
    server.answer(answered);

    expect(await read()).toMatchObject({ code: 'LAUNCH50' });
  });

  test('is not unwrapped if it has data but not ok', async () => {
    server.answer({ data: LAUNCH50 });

    expect(await failureOf(read())).toMatchObject({ kind: 'MALFORMED_ANSWER' });
  });
});

describe('a request to Duro', () => {
  test('for a creation has an idempotency key, and only the fields that are set', async () => {
    server.answer(LAUNCH50, 201);
    const call = writeCall();
    const terms = { discount: { kind: 'PERCENTAGE', percentage: '50' }, duration: { kind: 'ONCE' } } as const;

    const created = await provider.createPromoCode?.({ code: 'LAUNCH50', terms }, call);

    expect(server.received).toMatchObject([
      {
        method: 'POST',
        path: '/v1/promo-codes',
        headers: { 'idempotency-key': call.intentId, authorization: 'Bearer sk_test_1' },
      },
    ]);
    expect(server.received[0]?.body).toEqual({
      code: 'LAUNCH50',
      discountType: 'percentage',
      discountValue: 50,
      duration: 'once',
    });
    expect(created?.planId).toBeUndefined();
  });

  test('for a creation has plan and count, which the answer omits', async () => {
    server.answer({ ...LAUNCH50, discountType: 'fixed', discountValue: 1, duration: 'repeating' }, 201);
    const discount = { kind: 'FIXED', amount: { minorUnits: 1, currency: 'NGN' } } as const;
    const duration = { kind: 'REPEATING', count: 3, unit: 'BILLING_PERIOD' } as const;
    const conditions = { planId: 'plan_1', maxRedemptions: 100, expiresAt: TOMORROW };

    const created = await provider.createPromoCode?.(
      { code: 'LAUNCH50', terms: { discount, duration }, ...conditions },
      writeCall(),
    );

    expect(server.received[0]?.body).toEqual({
      code: 'LAUNCH50',
      planId: 'plan_1',
      discountType: 'fixed',
      discountValue: 1,
      duration: 'repeating',
      durationCycles: 3,
      maxRedemptions: 100,
      expiresAt: new Date(TOMORROW).toISOString(),
    });
    const told = { kind: 'REPEATING', count: null, unit: 'BILLING_PERIOD' };
    expect(created).toMatchObject({ planId: undefined, duration: told });
  });

  test('for a change has null for cleared fields, omits unchanged fields, and has an idempotency key', async () => {
    server.answer(LAUNCH50);
    const call = writeCall();

    const changed = await provider.updatePromoCode?.('promo_1', { active: false, expiresAt: null }, call);

    expect(server.received).toMatchObject([{ method: 'PATCH', headers: { 'idempotency-key': call.intentId } }]);
    expect(server.received[0]?.body).toEqual({ active: false, expiresAt: null });
    expect(changed?.planId).toBeUndefined();
  });

  test('for a change may fail with CONFLICT, which does not mean that the code is taken', async () => {
    server.answer({ ok: false, error: { code: 'conflict', message: 'illegal transition' } }, 409);

    const failure = await failureOf(provider.updatePromoCode?.('promo_1', { active: true }, writeCall()));

    expect(failure).toMatchObject({ kind: 'REJECTED', reason: 'CONFLICT', unchanged: true });
  });
});

test('a refused field is named in the log', async () => {
  const details = [{ path: 'amount', issue: 'must be positive' }];
  server.answer({ error: { code: 'validation_error', message: 'amount must be a positive integer', details } }, 422);

  const { message } = await failureOf(read());

  expect(message).toBe('readPromoCode: HTTP 422, amount must be a positive integer; amount must be positive');
});
