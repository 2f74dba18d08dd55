import { expect, test } from 'vitest';
import { type DuroOptions, startDuroSimulator } from '../../../src/simulators/duro/index.ts';
import { duroClient, idOf, opened } from '../client.ts';

const LAUNCH = { code: 'LAUNCH50', discountType: 'percentage', discountValue: 50 };

async function duro(switches: DuroOptions['switches'], options: DuroOptions = {}) {
  const simulator = await opened(startDuroSimulator({ ...options, switches }));
  return { simulator, ask: duroClient(simulator) };
}

test('success: wrapped sends ok and data', async () => {
  const { ask } = await duro({ success: 'wrapped' });
  const { body } = await ask('POST', '/v1/promo-codes', LAUNCH);
  expect(body).toEqual({ ok: true, data: expect.objectContaining({ code: 'LAUNCH50' }) });
});

test('okFalseOnErrors adds ok: false to the error', async () => {
  const { ask } = await duro({ okFalseOnErrors: true });
  const { body } = await ask('GET', '/v1/promo-codes/promo_none');
  expect(body).toEqual({ ok: false, error: { code: 'not_found', message: 'Promo code not found' } });
});

test('duplicateCodes: folded refuses a code that differs in case', async () => {
  const { ask } = await duro({ duplicateCodes: 'folded' });
  await ask('POST', '/v1/promo-codes', LAUNCH);
  expect((await ask('POST', '/v1/promo-codes', { ...LAUNCH, code: 'launch50' })).status).toBe(409);
});

test.each([
  ['stored', true],
  ['derived', false],
] as const)('active: %s shows a used-up and an expired code as active %s', async (active, shown) => {
  let now = Date.parse('2026-08-01T00:00:00Z');
  const { simulator, ask } = await duro({ active }, { clock: () => now });
  const capped = idOf(await ask('POST', '/v1/promo-codes', { ...LAUNCH, maxRedemptions: 1 }));
  const expiresAt = '2026-08-02T00:00:00Z';
  const expiring = idOf(await ask('POST', '/v1/promo-codes', { ...LAUNCH, code: 'B', expiresAt }));
  simulator.redeem(capped);
  now = Date.parse(expiresAt);
  expect((await ask('GET', `/v1/promo-codes/${capped}`)).body).toMatchObject({ active: shown });
  expect((await ask('GET', `/v1/promo-codes/${expiring}`)).body).toMatchObject({ active: shown });
});

test.each([
  ['never-negative', 0],
  ['negative', -1],
] as const)('remaining: %s shows %d if the limit is lowered below the count', async (remaining, shown) => {
  const { simulator, ask } = await duro({ remaining });
  const id = idOf(await ask('POST', '/v1/promo-codes', { ...LAUNCH, maxRedemptions: 5 }));
  simulator.redeem(id, 3);
  const { status, body } = await ask('PATCH', `/v1/promo-codes/${id}`, { maxRedemptions: 2 });
  expect(status).toBe(200);
  expect(body).toMatchObject({ redeemedCount: 3, remaining: shown });
});

test.each([
  [404, 'not_found'],
  [422, 'validation_error'],
] as const)('unknownPlan: %d refuses an unknown plan as %s', async (unknownPlan, code) => {
  const { ask } = await duro({ unknownPlan }, { knownPlans: ['plan_1'] });
  const { status, body } = await ask('POST', '/v1/promo-codes', { ...LAUNCH, planId: 'plan_2' });
  expect(status).toBe(unknownPlan);
  expect(body).toMatchObject({ error: { code } });
  expect((await ask('POST', '/v1/promo-codes', { ...LAUNCH, planId: 'plan_1' })).status).toBe(201);
});

test('unknownFields: refused names each unknown field, in creation and change', async () => {
  const { ask } = await duro({ unknownFields: 'refused' });
  const { status, body } = await ask('POST', '/v1/promo-codes', { ...LAUNCH, currency: 'NGN', startsAt: 1 });
  expect(status).toBe(422);
  expect(body).toMatchObject({ error: { details: [{ path: 'currency' }, { path: 'startsAt' }] } });
  const id = idOf(await ask('POST', '/v1/promo-codes', LAUNCH));
  expect((await ask('PATCH', `/v1/promo-codes/${id}`, { code: 'OTHER' })).status).toBe(422);
});

test('replays: everything replays a refusal', async () => {
  const { ask } = await duro({ replays: 'everything' });
  const keyed = { 'idempotency-key': 'intent-1' };
  expect((await ask('POST', '/v1/promo-codes', {}, keyed)).status).toBe(422);
  expect((await ask('POST', '/v1/promo-codes', LAUNCH, keyed)).status).toBe(422);
});

test('list: present lists newest first, with an id as cursor', async () => {
  let now = Date.parse('2026-08-01T00:00:00Z');
  const { ask } = await duro({ list: 'present' }, { clock: () => now });
  for (const code of ['A', 'B', 'C']) {
    await ask('POST', '/v1/promo-codes', { ...LAUNCH, code });
    now += 1000;
  }
  const first = await ask('GET', '/v1/promo-codes?limit=2&cursor=');
  expect(first.body).toMatchObject({ items: [{ code: 'C' }, { code: 'B' }], hasMore: true });
  const { nextCursor } = Object(first.body);
  const second = await ask('GET', `/v1/promo-codes?limit=2&cursor=${nextCursor}`);
  expect(second.body).toEqual({ items: [expect.objectContaining({ code: 'A' })], nextCursor: null, hasMore: false });
  expect((await ask('GET', '/v1/promo-codes?limit=3')).body).toMatchObject({ nextCursor: null, hasMore: false });
  expect((await ask('GET', '/v1/promo-codes?limit=0')).status).toBe(422);
  expect((await ask('GET', '/v1/promo-codes?cursor=promo_none')).status).toBe(422);
});

test.each([
  ['clamped', 200],
  ['refused', 422],
] as const)('limitAbove100: %s answers %d', async (limitAbove100, status) => {
  const { ask } = await duro({ list: 'present', limitAbove100 });
  expect((await ask('GET', '/v1/promo-codes?limit=101')).status).toBe(status);
  expect((await ask('GET', '/v1/promo-codes?limit=100')).status).toBe(200);
});
