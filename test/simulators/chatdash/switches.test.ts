import { expect, test } from 'vitest';
import { client, idOf } from '../client.ts';
import { openChatdash, refused } from './open-chatdash.ts';

const MINIMUM = { first_time_transaction: true, minimum_amount: 1000, minimum_amount_currency: 'usd' };

test.each([
  ['refused', 401],
  ['allowed', 200],
] as const)(
  'bearerPrefix: %s answers a key behind "Bearer " with %d, and the bare key always',
  async (bearerPrefix, status) => {
    const { simulator, ask } = await openChatdash({ switches: { bearerPrefix } });
    const bearing = client(simulator, { authorization: `Bearer ${simulator.apiKey}` });
    expect((await bearing('GET', '/stripe/connect/accounts/acct_1/coupons')).status).toBe(status);
    expect((await ask('GET', '/coupons')).status).toBe(200);
  },
);

test.each([
  [400, { taken: 400, unknown: 400, account: 400 }],
  [500, { taken: 500, unknown: 500, account: 500 }],
  ['as-stripe', { taken: 400, unknown: 404, account: 403 }],
] as const)('stripeRefusals: %s', async (stripeRefusals, statuses) => {
  const { simulator, ask, makeCoupon, makeCode } = await openChatdash({ switches: { stripeRefusals } });
  const coupon = idOf(await makeCoupon());
  await makeCode({ coupon, code: 'VIP' });
  const other = client(simulator, { authorization: simulator.apiKey });
  expect((await makeCode({ coupon: 'X' })).body).toEqual({ error: "No such coupon: 'X'" });
  expect({
    taken: (await makeCode({ coupon, code: 'VIP' })).status,
    unknown: (await ask('GET', '/coupons/none/promotion-codes')).status,
    account: (await other('GET', '/stripe/connect/accounts/none/coupons')).status,
  }).toEqual(statuses);
});

test.each([400, 500, 'as-stripe'] as const)(
  'stripeRefusals: %s leaves what ChatDash says itself',
  async (stripeRefusals) => {
    const { ask, makeCode } = await openChatdash({ switches: { stripeRefusals } });
    expect(await makeCode({})).toMatchObject(refused('Missing required field: coupon'));
    expect(await ask('GET', '/none')).toMatchObject(refused('Not found', 404));
  },
);

test.each([
  ['echoed', MINIMUM],
  ['blank', { ...MINIMUM, minimum_amount: null, minimum_amount_currency: null }],
] as const)('restrictions: %s, when created and when listed', async (restrictions, shown) => {
  const { makeCoupon, makeCode, codes } = await openChatdash({ switches: { restrictions } });
  const coupon = idOf(await makeCoupon());
  expect((await makeCode({ coupon, restrictions: MINIMUM })).body).toMatchObject({ restrictions: shown });
  expect((await codes(coupon)).body).toMatchObject({ data: [{ restrictions: shown }] });
});

test('couponIds: generated creates a second coupon if an id is sent twice', async () => {
  const { ask, makeCoupon } = await openChatdash({ switches: { couponIds: 'generated' } });
  const ids = [idOf(await makeCoupon({ id: 'SUMMER' })), idOf(await makeCoupon({ id: 'SUMMER' }))];
  expect(new Set([...ids, 'SUMMER']).size).toBe(3);
  expect(Object((await ask('GET', '/coupons')).body).data).toHaveLength(2);
});
