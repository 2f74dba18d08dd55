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

describe('what is read', () => {
  test('the limit is what was used and what remains; plan, count and metadata are not told', async () => {
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
    ['null means no limit and no end', { remaining: null, expiresAt: null }, { maxRedemptions: null, expiresAt: null }],
    [
      'what is absent says nothing of a limit or an end',
      { remaining: undefined, expiresAt: undefined },
      { maxRedemptions: undefined, expiresAt: undefined, redeemedCount: 3 },
    ],
    ['nothing remains', { remaining: 0 }, { maxRedemptions: 3 }],
    ['a cap that was lowered below the uses', { remaining: -1 }, { maxRedemptions: 2 }],
    [
      'a count that is absent leaves the limit open, too',
      { redeemedCount: undefined },
      { redeemedCount: undefined, maxRedemptions: undefined, remaining: 97 },
    ],
    ['no limit needs no count', { redeemedCount: undefined, remaining: null }, { maxRedemptions: null }],
    ['a duration that is absent is not known', { duration: undefined }, { duration: undefined }],
    [
      'a repeating one does not tell how often',
      { duration: 'repeating' },
      { duration: { kind: 'REPEATING', count: null, unit: 'BILLING_PERIOD' } },
    ],
    [
      'an amount is in kobo',
      { discountType: 'fixed', discountValue: 500_000 },
      { discount: { kind: 'FIXED', amount: { minorUnits: 500_000, currency: 'NGN' } } },
    ],
    [
      'microseconds are cut',
      { createdAt: '2026-06-28T09:00:00.123456Z' },
      { createdAt: Date.UTC(2026, 5, 28, 9, 0, 0, 123) },
    ],
    ['another zone', { createdAt: '2026-06-28T10:00:00+01:00' }, { createdAt: Date.UTC(2026, 5, 28, 9) }],
    ['no zone is UTC', { createdAt: '2026-06-28T09:00:00' }, { createdAt: Date.UTC(2026, 5, 28, 9) }],
    ['fields that nobody documented', { stackable: true }, { code: 'LAUNCH50' }],
  ])('%s', async (_, answered, expected) => {
    server.answer({ ...LAUNCH50, ...answered });

    expect(await read()).toMatchObject(expected);
  });

  test.each([
    ['a discount of a new type', { discountType: 'tiered' }],
    ['a duration of a new kind', { duration: 'seasonal' }],
    ['a fraction of a percent', { discountValue: 12.5 }],
    ['no id', { id: undefined }],
    ['a date that is none', { createdAt: 'yesterday' }],
  ])('%s cannot be expressed', async (_, answered) => {
    server.answer({ ...LAUNCH50, ...answered });

    expect(await failureOf(read())).toMatchObject({ kind: 'MALFORMED_ANSWER', unchanged: true });
  });

  test.each([
    ['{ok, data}', { ok: true, data: LAUNCH50 }],
    ['a bare object with a data of its own', { ...LAUNCH50, data: { code: 'OTHER' } }],
    ['a bare object that says ok', { ...LAUNCH50, ok: true }],
  ])('the envelope: %s', async (_, answered) => {
    server.answer(answered);

    expect(await read()).toMatchObject({ code: 'LAUNCH50' });
  });

  test('data alone is no envelope', async () => {
    server.answer({ data: LAUNCH50 });

    expect(await failureOf(read())).toMatchObject({ kind: 'MALFORMED_ANSWER' });
  });
});

describe('what is sent', () => {
  test('a creation carries its idempotency key, and only the fields that are set', async () => {
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

  test('a plan and a count are sent, and the answer says nothing of them', async () => {
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

  test('a change sends null to clear, nothing for what stays, and its idempotency key', async () => {
    server.answer(LAUNCH50);
    const call = writeCall();

    const changed = await provider.updatePromoCode?.('promo_1', { active: false, expiresAt: null }, call);

    expect(server.received).toMatchObject([{ method: 'PATCH', headers: { 'idempotency-key': call.intentId } }]);
    expect(server.received[0]?.body).toEqual({ active: false, expiresAt: null });
    expect(changed?.planId).toBeUndefined();
  });

  test('a conflict of a change is not about the code', async () => {
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
