import { describe, expect, test } from 'vitest';
import { startDuroSimulator } from '../../../src/simulators/duro/index.ts';
import { client, duroClient, idOf, opened } from '../client.ts';

const LAUNCH = { code: 'LAUNCH50', discountType: 'percentage', discountValue: 50 };

async function duro(options: Parameters<typeof startDuroSimulator>[0] = {}) {
  const simulator = await opened(startDuroSimulator(options));
  return { simulator, ask: duroClient(simulator) };
}

describe('Duro creates', () => {
  test('a promo code, and answers without the write-only fields', async () => {
    const { ask } = await duro({ clock: () => Date.parse('2026-08-01T10:00:00.000Z') });
    const reply = await ask('POST', '/v1/promo-codes', {
      ...LAUNCH,
      planId: 'plan_1',
      duration: 'repeating',
      durationCycles: 3,
      maxRedemptions: 100,
      expiresAt: '2026-12-31T23:59:59+01:00',
    });
    expect(reply.status).toBe(201);
    expect(reply.body).toEqual({
      id: expect.stringMatching(/^promo_[0-9A-HJKMNP-TV-Z]{26}$/),
      code: 'LAUNCH50',
      discountType: 'percentage',
      discountValue: 50,
      duration: 'repeating',
      redeemedCount: 0,
      remaining: 100,
      active: true,
      expiresAt: '2026-12-31T22:59:59.000Z',
      createdAt: '2026-08-01T10:00:00.000Z',
    });
  });

  test('a code with duration once and no limit by default', async () => {
    const { ask } = await duro();
    const { body } = await ask('POST', '/v1/promo-codes', LAUNCH);
    expect(body).toMatchObject({ duration: 'once', remaining: null, expiresAt: null });
  });

  test.each([
    ['percentage above 100', { discountValue: 101 }, 'discountValue'],
    ['value of 0', { discountValue: 0 }, 'discountValue'],
    ['fraction', { discountValue: 12.5 }, 'discountValue'],
    ['number as text', { discountValue: '50' }, 'discountValue'],
    ['unknown type', { discountType: 'amount' }, 'discountType'],
    ['unknown duration', { duration: 'weekly' }, 'duration'],
    ['empty code', { code: '' }, 'code'],
    ['null limit', { maxRedemptions: null }, 'maxRedemptions'],
    ['time without a zone', { expiresAt: '2026-12-31T23:59:59' }, 'expiresAt'],
    ['time without seconds', { expiresAt: '2026-12-31T23:59Z' }, 'expiresAt'],
  ])('nothing from a %s', async (_, change, path) => {
    const { ask } = await duro();
    const { status, body } = await ask('POST', '/v1/promo-codes', { ...LAUNCH, ...change });
    expect(status).toBe(422);
    expect(body).toMatchObject({ error: { code: 'validation_error', details: [{ path }] } });
    expect((await ask('POST', '/v1/promo-codes', LAUNCH)).status).toBe(201);
  });

  test('nothing from a body without the required fields, and names each of them', async () => {
    const { ask } = await duro();
    const { status, body } = await ask('POST', '/v1/promo-codes', {});
    expect(status).toBe(422);
    expect(body).toEqual({
      error: {
        code: 'validation_error',
        message: 'code is required',
        details: [
          { path: 'code', issue: 'is required' },
          { path: 'discountType', issue: 'is required' },
          { path: 'discountValue', issue: 'is required' },
        ],
      },
    });
  });

  test('a fixed discount above 100', async () => {
    const { ask } = await duro();
    const { status, body } = await ask('POST', '/v1/promo-codes', {
      ...LAUNCH,
      discountType: 'fixed',
      discountValue: 500000,
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({ discountType: 'fixed', discountValue: 500000 });
  });

  test('nothing from a body that is not JSON', async () => {
    const { ask } = await duro();
    const { status, body } = await ask('POST', '/v1/promo-codes', '{"code":');
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { code: 'bad_request' } });
  });

  test('no second promo code with the same code, even if the first is inactive', async () => {
    const { ask } = await duro();
    const first = idOf(await ask('POST', '/v1/promo-codes', LAUNCH));
    await ask('PATCH', `/v1/promo-codes/${first}`, { active: false });
    const { status, body } = await ask('POST', '/v1/promo-codes', LAUNCH);
    expect(status).toBe(409);
    expect(body).toMatchObject({ error: { code: 'conflict' } });
  });

  test('a code that differs in case', async () => {
    const { ask } = await duro();
    await ask('POST', '/v1/promo-codes', LAUNCH);
    expect((await ask('POST', '/v1/promo-codes', { ...LAUNCH, code: 'launch50' })).status).toBe(201);
  });
});

describe('Duro reads and changes', () => {
  test('a promo code by its id, not by its code', async () => {
    const { ask } = await duro();
    const created = await ask('POST', '/v1/promo-codes', LAUNCH);
    const read = await ask('GET', `/v1/promo-codes/${idOf(created)}`);
    expect(read.status).toBe(200);
    expect(read.body).toEqual(created.body);
    const missing = await ask('GET', '/v1/promo-codes/LAUNCH50');
    expect(missing.status).toBe(404);
    expect(missing.body).toMatchObject({ error: { code: 'not_found' } });
  });

  test('active, maxRedemptions and expiresAt; null clears them', async () => {
    const { ask } = await duro();
    const path = `/v1/promo-codes/${idOf(await ask('POST', '/v1/promo-codes', { ...LAUNCH, maxRedemptions: 3 }))}`;
    const off = await ask('PATCH', path, { active: false, maxRedemptions: 10, expiresAt: '2027-01-01T00:00:00Z' });
    expect(off.status).toBe(200);
    expect(off.body).toMatchObject({ active: false, remaining: 10, expiresAt: '2027-01-01T00:00:00.000Z' });
    expect((await ask('PATCH', path, { active: true })).body).toMatchObject({ active: true, remaining: 10 });
    const cleared = await ask('PATCH', path, { maxRedemptions: null, expiresAt: null });
    expect(cleared.body).toMatchObject({ active: true, remaining: null, expiresAt: null });
    expect((await ask('GET', path)).body).toEqual(cleared.body);
  });

  test('no other field of a promo code', async () => {
    const { ask } = await duro();
    const created = await ask('POST', '/v1/promo-codes', LAUNCH);
    const changed = await ask('PATCH', `/v1/promo-codes/${idOf(created)}`, { code: 'OTHER', discountValue: 1 });
    expect(changed.status).toBe(200);
    expect(changed.body).toEqual(created.body);
  });

  test('no promo code with a value of the wrong type', async () => {
    const { ask } = await duro();
    const path = `/v1/promo-codes/${idOf(await ask('POST', '/v1/promo-codes', LAUNCH))}`;
    expect((await ask('PATCH', path, { active: 'yes' })).status).toBe(422);
    expect((await ask('PATCH', '/v1/promo-codes/promo_none', { active: false })).status).toBe(404);
  });

  test('no list and no deletion', async () => {
    const { ask } = await duro();
    const id = idOf(await ask('POST', '/v1/promo-codes', LAUNCH));
    expect((await ask('GET', '/v1/promo-codes')).status).toBe(404);
    expect((await ask('DELETE', `/v1/promo-codes/${id}`)).status).toBe(404);
    expect((await ask('GET', `/v1/promo-codes/${id}`)).status).toBe(200);
  });
});

describe('Duro checks the API key', () => {
  test.each<Record<string, string>>([
    {},
    { authorization: 'Bearer sk_test_other' },
    { authorization: 'sk_test_sandbox' },
  ])('%o', async (headers) => {
    const { simulator } = await duro();
    const { status, body } = await client(simulator, headers)('POST', '/v1/promo-codes', LAUNCH);
    expect(status).toBe(401);
    expect(body).toMatchObject({ error: { code: 'unauthorized' } });
  });
});

describe('Duro replays by idempotency key', () => {
  const keyed = { 'idempotency-key': 'intent-1' };

  test('the first answer, even for another body', async () => {
    const { ask } = await duro();
    const first = await ask('POST', '/v1/promo-codes', LAUNCH, keyed);
    const again = await ask('POST', '/v1/promo-codes', { ...LAUNCH, code: 'OTHER' }, keyed);
    expect(again.status).toBe(201);
    expect(again.body).toEqual(first.body);
    expect((await ask('POST', '/v1/promo-codes', { ...LAUNCH, code: 'OTHER' })).status).toBe(201);
  });

  test('the answer to a change, which happens once', async () => {
    const { ask } = await duro();
    const path = `/v1/promo-codes/${idOf(await ask('POST', '/v1/promo-codes', LAUNCH))}`;
    await ask('PATCH', path, { active: false }, keyed);
    await ask('PATCH', path, { active: true });
    expect((await ask('PATCH', path, { active: false }, keyed)).body).toMatchObject({ active: false });
    expect((await ask('GET', path)).body).toMatchObject({ active: true });
  });

  test('no refusals', async () => {
    const { ask } = await duro();
    expect((await ask('POST', '/v1/promo-codes', {}, keyed)).status).toBe(422);
    expect((await ask('POST', '/v1/promo-codes', LAUNCH, keyed)).status).toBe(201);
  });
});

describe('Duro counts uses on its own pages', () => {
  test('and lowers the remaining uses', async () => {
    const { simulator, ask } = await duro();
    const id = idOf(await ask('POST', '/v1/promo-codes', { ...LAUNCH, maxRedemptions: 3 }));
    simulator.redeem(id, 2);
    expect((await ask('GET', `/v1/promo-codes/${id}`)).body).toMatchObject({ redeemedCount: 2, remaining: 1 });
    expect(simulator.redeemed(id)).toBe(2);
  });

  test('but not above the limit, after the expiry, or of an inactive code', async () => {
    let now = Date.parse('2026-08-01T00:00:00Z');
    const { simulator, ask } = await duro({ clock: () => now });
    const create = async (change: object) => idOf(await ask('POST', '/v1/promo-codes', { ...LAUNCH, ...change }));
    const capped = await create({ code: 'A', maxRedemptions: 1 });
    const expiring = await create({ code: 'B', expiresAt: '2026-08-02T00:00:00Z' });
    const off = await create({ code: 'C' });
    await ask('PATCH', `/v1/promo-codes/${off}`, { active: false });
    expect(() => simulator.redeem(capped, 2)).toThrow('would not let A be used');
    simulator.redeem(expiring);
    now = Date.parse('2026-08-02T00:00:00Z');
    expect(() => simulator.redeem(expiring)).toThrow('would not let B be used');
    expect(() => simulator.redeem(off)).toThrow('would not let C be used');
    expect([capped, expiring, off].map(simulator.redeemed)).toEqual([0, 1, 0]);
  });
});
