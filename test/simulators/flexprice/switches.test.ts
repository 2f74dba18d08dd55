import { expect, test } from 'vitest';
import { type FlexpriceOptions, startFlexpriceSimulator } from '../../../src/simulators/flexprice/index.ts';
import { flexpriceClient, idOf, opened } from '../client.ts';

const PERCENT = { name: 'Launch', type: 'percentage', percentage_off: '15', cadence: 'once', coupon_code: 'launch' };

async function flexprice(switches: FlexpriceOptions['switches']) {
  const simulator = await opened(startFlexpriceSimulator({ switches }));
  return { simulator, ask: flexpriceClient(simulator) };
}

test('errors: nested has the body of older servers', async () => {
  const { ask } = await flexprice({ errors: 'nested' });
  const { status, body } = await ask('GET', '/coupons/coupon_none');
  expect(status).toBe(404);
  expect(body).toEqual({
    success: false,
    error: {
      message: 'Coupon with ID coupon_none was not found',
      internal_error: 'not found',
      details: { coupon_id: 'coupon_none' },
    },
  });
});

test('couponCodes: unsupported ignores codes, and lacks everything that needs them', async () => {
  const { ask } = await flexprice({ couponCodes: 'unsupported' });
  const { status, body } = await ask('POST', '/coupons', PERCENT);
  expect(status).toBe(201);
  expect(body).not.toHaveProperty('coupon_code');
  expect((await ask('POST', '/coupons', PERCENT)).status).toBe(201);
  expect((await ask('GET', '/coupons/code/launch')).body).toBe('404 page not found');
  expect((await ask('GET', '/coupons/associations')).status).toBe(404);
  expect((await ask('POST', '/subscriptions/subs_1/modify/execute', {})).status).toBe(404);
});

test('totalRedemptions: stale-by-id keeps the first count that was read by id until a change', async () => {
  const { simulator, ask } = await flexprice({ totalRedemptions: 'stale-by-id' });
  const path = `/coupons/${idOf(await ask('POST', '/coupons', PERCENT))}`;
  await ask('GET', path);
  simulator.redeem(path.slice('/coupons/'.length), 2);
  expect((await ask('GET', path)).body).toMatchObject({ total_redemptions: 0 });
  expect((await ask('GET', '/coupons/code/launch')).body).toMatchObject({ total_redemptions: 2 });
  await ask('PUT', path, { name: 'New' });
  expect((await ask('GET', path)).body).toMatchObject({ total_redemptions: 2 });
});

test.each([
  [400, 'validation_error'],
  [500, 'database_error'],
] as const)('ambiguousStatus: %d refuses a filter or sort by an unknown field as %s', async (ambiguousStatus, code) => {
  const { ask } = await flexprice({ ambiguousStatus });
  const filters = [{ field: 'colour', operator: 'eq', data_type: 'string', value: { string: 'red' } }];
  const { status, body } = await ask('POST', '/coupons/search', { filters });
  expect(status).toBe(ambiguousStatus);
  expect(body).toMatchObject({ code, message: 'An unexpected error occurred' });
  const sort = [{ field: 'colour', direction: 'asc' }];
  expect((await ask('POST', '/coupons/search', { sort })).status).toBe(ambiguousStatus);
});
