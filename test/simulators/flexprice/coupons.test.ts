import { describe, expect, test } from 'vitest';
import { startFlexpriceSimulator } from '../../../src/simulators/flexprice/index.ts';
import { client, flexpriceClient, idOf, opened } from '../client.ts';

const PERCENT = { name: 'Launch', type: 'percentage', percentage_off: '15', cadence: 'once' };
const FIXED = { name: 'Ten off', type: 'fixed', amount_off: '10', currency: 'usd', cadence: 'once' };

async function flexprice(options: Parameters<typeof startFlexpriceSimulator>[0] = {}) {
  const simulator = await opened(startFlexpriceSimulator(options));
  return { simulator, ask: flexpriceClient(simulator) };
}

describe('Flexprice creates', () => {
  test('a coupon with every field that the server has', async () => {
    const { ask } = await flexprice({ clock: () => Date.parse('2026-08-22T13:00:00.120Z') });
    const reply = await ask('POST', '/coupons', {
      ...PERCENT,
      coupon_code: ' Launch15 ',
      max_redemptions: 100,
      redeem_before: '2026-12-31T23:59:59+01:00',
      metadata: { team: 'growth' },
      rules: { any: ['thing'] },
    });
    expect(reply.status).toBe(201);
    expect(reply.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(reply.body).toEqual({
      id: expect.stringMatching(/^coupon_[0-9A-HJKMNP-TV-Z]{26}$/),
      name: 'Launch',
      redeem_after: null,
      redeem_before: '2026-12-31T22:59:59Z',
      max_redemptions: 100,
      total_redemptions: 0,
      rules: { any: ['thing'] },
      amount_off: '0',
      percentage_off: '15',
      type: 'percentage',
      cadence: 'once',
      duration_in_periods: null,
      currency: '',
      coupon_code: 'launch15',
      metadata: { team: 'growth' },
      environment_id: 'env_sandbox',
      tenant_id: 'tenant_sandbox',
      status: 'published',
      created_at: '2026-08-22T13:00:00.12Z',
      updated_at: '2026-08-22T13:00:00.12Z',
      created_by: 'user_sandbox',
      updated_by: 'user_sandbox',
    });
  });

  test('a coupon without a code, and omits coupon_code in the answer', async () => {
    const { ask } = await flexprice();
    const { body } = await ask('POST', '/coupons', { ...PERCENT, coupon_code: '  ' });
    expect(body).not.toHaveProperty('coupon_code');
    expect((await ask('POST', '/coupons', { ...PERCENT, coupon_code: '' })).status).toBe(201);
  });

  test('a fixed coupon with the currency as sent, and a percentage without currency', async () => {
    const { ask } = await flexprice();
    expect((await ask('POST', '/coupons', { ...FIXED, currency: 'Usd' })).body).toMatchObject({ currency: 'Usd' });
    expect((await ask('POST', '/coupons', { ...PERCENT, currency: 'usd' })).body).toMatchObject({ currency: '' });
  });

  test.each([
    ['10.50', '10.5', '10.5'],
    ['0.123456789', '0.123456789', '0.12345679'],
    ['1e3', '1000', '1000'],
    [25.5, '25.5', '25.5'],
    ['+7.', '7', '7'],
  ])('an amount of %s, shown as %s and read back as %s', async (amount_off, shown, read) => {
    const { ask } = await flexprice();
    const created = await ask('POST', '/coupons', { ...FIXED, amount_off });
    expect(created.body).toMatchObject({ amount_off: shown });
    expect((await ask('GET', `/coupons/${idOf(created)}`)).body).toMatchObject({ amount_off: read });
  });

  test('a percentage that the database rounds to four decimals', async () => {
    const { ask } = await flexprice();
    const created = await ask('POST', '/coupons', { ...PERCENT, percentage_off: '33.33335' });
    expect(created.body).toMatchObject({ percentage_off: '33.33335' });
    expect((await ask('GET', `/coupons/${idOf(created)}`)).body).toMatchObject({ percentage_off: '33.3334' });
  });

  test('a name of 255 characters, also outside the basic plane', async () => {
    const { ask } = await flexprice();
    expect((await ask('POST', '/coupons', { ...PERCENT, name: '🎁'.repeat(255) })).status).toBe(201);
    expect((await ask('POST', '/coupons', { ...PERCENT, name: '🎁'.repeat(256) })).status).toBe(500);
  });

  test('coupons with an invalid type or cadence, or an end in the past', async () => {
    const { ask } = await flexprice({ clock: () => Date.parse('2026-08-22T13:00:00Z') });
    expect((await ask('POST', '/coupons', { ...PERCENT, type: 'gift', cadence: 'monthly' })).status).toBe(201);
    expect((await ask('POST', '/coupons', { ...PERCENT, redeem_before: '2020-01-01T00:00:00Z' })).status).toBe(201);
  });

  test('a coupon from a body with null fields', async () => {
    const { ask } = await flexprice();
    const nulls = { amount_off: null, coupon_code: null, max_redemptions: null, redeem_after: null, metadata: null };
    const { status, body } = await ask('POST', '/coupons', { ...PERCENT, ...nulls });
    expect(status).toBe(201);
    expect(body).toMatchObject({ amount_off: '0', max_redemptions: null, redeem_after: null, metadata: null });
  });
});

describe('Flexprice reads', () => {
  test('a coupon by id, archived or not', async () => {
    const { ask } = await flexprice();
    const id = idOf(await ask('POST', '/coupons', PERCENT));
    expect((await ask('DELETE', `/coupons/${id}`)).body).toEqual({ message: 'Coupon deleted successfully' });
    const { status, body } = await ask('GET', `/coupons/${id}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'archived' });
  });

  test('no coupon with an unknown id', async () => {
    const { ask } = await flexprice();
    const { status, body } = await ask('GET', '/coupons/search');
    expect(status).toBe(404);
    expect(body).toEqual({
      code: 'not_found',
      message: 'Coupon with ID search was not found',
      http_status_code: 404,
      details: { coupon_id: 'search' },
    });
  });

  test('a published coupon by its code in any case', async () => {
    const { ask } = await flexprice();
    const created = await ask('POST', '/coupons', { ...PERCENT, coupon_code: 'é & co' });
    const path = `/coupons/code/${encodeURIComponent(' É & Co ')}`;
    expect((await ask('GET', path)).body).toEqual(created.body);
    await ask('DELETE', `/coupons/${idOf(created)}`);
    const { status, body } = await ask('GET', path);
    expect(status).toBe(404);
    expect(body).toMatchObject({
      message: "Coupon with code ' É & Co ' was not found",
      details: { coupon_code: ' É & Co ' },
    });
  });

  test('no blank code and no code with a slash', async () => {
    const { ask } = await flexprice();
    expect(await ask('GET', '/coupons/code/%20')).toMatchObject({
      status: 400,
      body: { code: 'validation_error', message: 'An unexpected error occurred' },
    });
    expect(await ask('GET', '/coupons/code/a%2Fb')).toMatchObject({ status: 404, body: '404 page not found' });
  });
});

describe('Flexprice changes', () => {
  test('only name and metadata, and answers with the time before the change', async () => {
    let now = Date.parse('2026-08-01T00:00:00Z');
    const { ask } = await flexprice({ clock: () => now });
    const path = `/coupons/${idOf(await ask('POST', '/coupons', { ...PERCENT, metadata: { a: '1', b: '2' } }))}`;
    now += 60_000;
    const changed = await ask('PUT', path, { name: 'New', metadata: { c: '3' }, percentage_off: '90' });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({
      name: 'New',
      metadata: { c: '3' },
      percentage_off: '15',
      updated_at: '2026-08-01T00:00:00Z',
    });
    expect((await ask('GET', path)).body).toMatchObject({ name: 'New', updated_at: '2026-08-01T00:01:00Z' });
    expect((await ask('PUT', path, {})).body).toMatchObject({ name: 'New', metadata: { c: '3' } });
  });

  test('nothing to an empty name, and no unknown coupon', async () => {
    const { ask } = await flexprice();
    const path = `/coupons/${idOf(await ask('POST', '/coupons', PERCENT))}`;
    expect(await ask('PUT', path, { name: '' })).toMatchObject({ status: 500, body: { code: 'database_error' } });
    expect((await ask('PUT', path, { name: 5 })).status).toBe(400);
    expect((await ask('PUT', '/coupons/coupon_none', { name: 'x' })).status).toBe(404);
    expect((await ask('GET', path)).body).toMatchObject({ name: 'Launch' });
  });

  test('the status on a deletion, and accepts a second deletion and an unknown id', async () => {
    const { ask } = await flexprice();
    const path = `/coupons/${idOf(await ask('POST', '/coupons', PERCENT))}`;
    expect((await ask('DELETE', path)).status).toBe(200);
    expect((await ask('DELETE', path)).status).toBe(200);
    expect((await ask('DELETE', '/coupons/coupon_none')).status).toBe(200);
  });
});

describe('Flexprice before any route', () => {
  test.each<[Record<string, string>, string]>([
    [{}, 'Unauthorized'],
    [{ 'x-api-key': 'sk_other' }, 'Unauthorized'],
    [{ authorization: 'sk_sandbox' }, 'Invalid authorization header format'],
    [{ authorization: 'Bearer sk_sandbox' }, 'Invalid token'],
  ])('refuses %o', async (headers, error) => {
    const { simulator } = await flexprice();
    const { status, body } = await client(simulator, headers)('GET', '/coupons');
    expect(status).toBe(401);
    expect(body).toEqual({ error });
  });

  test('answers an unknown route with a text, with or without an API key', async () => {
    const { simulator, ask } = await flexprice();
    expect(await ask('PATCH', '/coupons')).toMatchObject({ status: 404, body: '404 page not found' });
    expect(await client(simulator, {})('GET', '/none')).toMatchObject({ status: 404, body: '404 page not found' });
  });

  test('returns the request id that was sent, or generates one', async () => {
    const { ask } = await flexprice();
    const echoed = await ask('GET', '/coupons', undefined, { 'x-request-id': 'mine' });
    expect(echoed.headers.get('x-request-id')).toBe('mine');
    expect((await ask('GET', '/coupons/none')).headers.get('x-request-id')).toMatch(/^[0-9A-Z]{26}$/);
  });

  test('has no idempotency: the same creation twice creates two coupons', async () => {
    const { ask } = await flexprice();
    const keyed = { 'idempotency-key': 'intent-1' };
    const first = idOf(await ask('POST', '/coupons', PERCENT, keyed));
    expect(idOf(await ask('POST', '/coupons', PERCENT, keyed))).not.toBe(first);
  });
});
