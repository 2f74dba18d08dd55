import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { flexprice } from '../../../src/providers/index.ts';
import { startFlexpriceSimulator } from '../../../src/simulators/flexprice/index.ts';
import type { Simulator } from '../../../src/simulators/index.ts';
import { defined } from '../../support/defined.ts';
import { openSubject } from '../open-subject.ts';
import {
  draftPromoCode,
  failureOf,
  freshCode,
  makeCoupon,
  makePromoCode,
  type Subject,
  TEN_PERCENT,
  writeCall,
} from '../subject.ts';

const simulator = await startFlexpriceSimulator({ switches: { totalRedemptions: 'stale-by-id' } });
const subject = openSubject(flexprice, simulator);
const { provider } = subject;
afterEach(() => simulator.heal());
afterAll(() => subject.close());

const COUPON = { name: 'Sale', discount: TEN_PERCENT, duration: { kind: 'ONCE' } } as const;

describe('a creation whose answer is lost', () => {
  test('returns the same coupon when it is repeated', async () => {
    const call = writeCall();
    simulator.fail({ kind: 'hang-up', method: 'POST', commit: true });
    expect(await failureOf(provider.createCoupon?.(COUPON, call))).toMatchObject({ unchanged: false });
    const [first] = defined(await provider.listCoupons?.({ limit: 1 }, {})).items;

    const again = await provider.createCoupon?.(COUPON, call);

    expect(again).toEqual(first);
    expect(again).toMatchObject({ intentId: call.intentId });
  });

  test('returns the same promo code when it is repeated', async () => {
    const call = writeCall();
    const draft = await draftPromoCode(subject);
    simulator.fail({ kind: 'hang-up', method: 'POST', commit: true });
    await failureOf(provider.createPromoCode?.(draft, call));

    const again = await provider.createPromoCode?.(draft, call);

    expect([again]).toEqual(await provider.findPromoCodes?.(draft.code, {}));
    expect(again).toMatchObject({ intentId: call.intentId });
  });

  test('does not succeed while it is undecidable who created the code', async () => {
    const { code } = await makePromoCode(subject);
    simulator.fail({ kind: 'answer', status: 503, method: 'GET' });

    const failure = await failureOf(makePromoCode(subject, { code }));

    expect(failure).toMatchObject({ kind: 'UNAVAILABLE', unchanged: false, retryable: true });
  });
});

test('two coupons with the same terms are two records', async () => {
  expect((await makeCoupon(subject)).providerId).not.toBe((await makeCoupon(subject)).providerId);
});

test('the hidden code of a coupon is not a promo code', async () => {
  await makeCoupon(subject);
  const { coupon_code: hidden } = bodyOf(simulator);

  expect(hidden).toBeTruthy();
  expect(await provider.findPromoCodes?.(String(hidden), {})).toEqual([]);
});

test.each(['spring/summer', '..', ' '])(
  'the code %j, which no path can hold, is looked up all the same',
  async (code) => {
    expect(await provider.findPromoCodes?.(code, {})).toEqual([]);
  },
);

test('a code with a slash that was created at Flexprice is found', async () => {
  const body = { name: 'A', type: 'percentage', percentage_off: '5', cadence: 'once', coupon_code: 'Spring/Summer' };
  const headers = { 'x-api-key': simulator.apiKey };
  await fetch(`${simulator.url}/coupons`, { method: 'POST', headers, body: JSON.stringify(body) });

  expect(await provider.findPromoCodes?.('SPRING/summer', {})).toMatchObject([
    { code: 'spring/summer', intentId: null },
  ]);
});

describe('a redemption count', () => {
  test('is never the stale one of the read by id', async () => {
    const coupon = await makeCoupon(subject);
    await provider.readCoupon?.(coupon.providerId, {});
    await fetch(`${simulator.url}/coupons/${coupon.providerId}`, { headers: { 'x-api-key': simulator.apiKey } });
    simulator.redeem(coupon.providerId, 2);

    expect(await provider.readCoupon?.(coupon.providerId, {})).toMatchObject({ redeemedCount: 2 });
    const changed = await provider.updateCoupon?.(coupon.providerId, { name: 'Other' }, writeCall());
    expect(changed).toMatchObject({ redeemedCount: 2, name: 'Other' });
  });
});

describe('metadata', () => {
  test('is replaced as a whole, and the marks stay', async () => {
    const call = writeCall();
    const coupon = defined(await provider.createCoupon?.({ ...COUPON, metadata: { a: '1', b: '2' } }, call));

    const changed = await provider.updateCoupon?.(coupon.providerId, { metadata: { c: '3' } }, writeCall());

    expect(changed?.metadata).toEqual({ c: '3' });
    expect(await provider.readCoupon?.(coupon.providerId, {})).toMatchObject({
      metadata: { c: '3' },
      intentId: call.intentId,
    });
  });

  test('stays when only the name changes, and is cleared by null', async () => {
    const { providerId } = await makeCoupon(subject, { metadata: { a: '1' } });

    expect(await provider.updateCoupon?.(providerId, { name: 'B' }, writeCall())).toMatchObject({
      metadata: { a: '1' },
    });
    expect(await provider.updateCoupon?.(providerId, { metadata: null }, writeCall())).toMatchObject({
      metadata: null,
    });
    expect(await provider.readCoupon?.(providerId, {})).toMatchObject({ name: 'B', metadata: null });
  });
});

test('a promo code cannot be changed or archived as a coupon', async () => {
  const made = await makePromoCode(subject);

  for (const write of [
    provider.updateCoupon?.(made.providerId, { name: 'Any' }, writeCall()),
    provider.archiveCoupon?.(made.providerId, writeCall()),
  ]) {
    expect(await failureOf(write)).toMatchObject({ kind: 'REJECTED', reason: 'NOT_FOUND', unchanged: true });
  }
  expect(await provider.findPromoCodes?.(made.code, {})).toEqual([made]);
});

test('an archived coupon keeps its other facts, and can be read', async () => {
  const made = await makeCoupon(subject);

  const archived = await provider.archiveCoupon?.(made.providerId, writeCall());

  expect(archived).toEqual({ ...made, active: false });
  expect(await provider.readCoupon?.(made.providerId, {})).toEqual(archived);
});

test('archiving an unknown coupon fails with NOT_FOUND', async () => {
  const failure = await failureOf(provider.archiveCoupon?.('coupon_unknown', writeCall()));

  expect(failure).toMatchObject({ kind: 'REJECTED', reason: 'NOT_FOUND', unchanged: true });
});

test('the reason of a refused creation appears in the log only', async () => {
  const failure = await failureOf(makePromoCode(subject, { maxRedemptions: 1_000_001 }));

  expect(failure).toMatchObject({ kind: 'REJECTED', reason: undefined, unchanged: true });
  expect(failure.message).toContain('Please provide a valid maximum redemption count');
});

test('a creation that ends before it starts is a fault of expiresAt', async () => {
  const failure = await failureOf(
    makePromoCode(subject, { startsAt: 2_000_000_000_000, expiresAt: 1_900_000_000_000 }),
  );

  expect(failure).toMatchObject({ kind: 'REJECTED', fault: { field: 'expiresAt', message: 'must be after startsAt' } });
});

test('a look-up by code on a server from before June 2026 fails instead of finding nothing', async () => {
  const old: Subject = openSubject(
    flexprice,
    await startFlexpriceSimulator({ switches: { couponCodes: 'unsupported', errors: 'nested' } }),
  );

  const failure = await failureOf(old.provider.findPromoCodes?.(freshCode(), {}));

  expect(failure).toMatchObject({ kind: 'REJECTED', reason: undefined });
  await old.close();
});

function bodyOf({ calls }: Simulator): Record<string, unknown> {
  const body = calls.findLast(({ method, path }) => method === 'POST' && path.endsWith('/coupons'))?.body;
  return typeof body === 'object' && body !== null ? { ...body } : {};
}
