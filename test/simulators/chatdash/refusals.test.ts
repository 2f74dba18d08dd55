import { describe, expect, test } from 'vitest';
import { chatdashClient, client, idOf } from '../client.ts';
import { openChatdash, refused } from './open-chatdash.ts';

describe('a call to the ChatDash simulator', () => {
  test.each([
    ['GET', '/coupons/none/promotion-codes', undefined, "No such coupon: 'none'"],
    ['PUT', '/coupons/none', { data: { name: 'x' } }, "No such coupon: 'none'"],
    ['GET', '/coupons?starting_after=none', undefined, "No such coupon: 'none'"],
    ['GET', '/coupons?limit=101', undefined, "This value must be less than or equal to 100 (it currently is '101')."],
    ['GET', '/coupons?limit=0', undefined, "This value must be greater than or equal to 1 (it currently is '0')."],
    ['PUT', '/coupons/none', { data: {} }, 'Missing required field: name'],
    ['PUT', '/coupons/none', {}, 'Missing required field: data'],
    ['POST', '/coupons', '{"data":', 'Invalid JSON'],
  ])('with %s %s is refused', async (method, path, body, message) => {
    const { ask } = await openChatdash();
    expect(await ask(method, path, body)).toMatchObject(refused(message));
  });

  test.each([
    ['GET', '/promotion-codes'],
    ['GET', '/coupons/none'],
    ['DELETE', '/coupons/none'],
    ['POST', '/promotion-codes/none'],
  ])('with %s %s reaches no route', async (method, path) => {
    const { ask } = await openChatdash();
    expect(await ask(method, path)).toMatchObject(refused('Not found', 404));
  });

  test('for an account id of another form is refused', async () => {
    const { simulator } = await openChatdash({ switches: { stripeRefusals: 'as-stripe' } });
    const { status, body } = await chatdashClient(simulator, 'cus_1')('GET', '/coupons');
    expect(status).toBe(403);
    expect(body).toMatchObject({ error: expect.stringContaining("does not have access to account 'cus_1'") });
  });

  test('without an API key is refused like one with a wrong key', async () => {
    const { simulator } = await openChatdash();
    const reply = await client(simulator, {})('GET', '/stripe/connect/accounts/acct_1/coupons');
    expect(reply).toMatchObject(refused('Unauthorized', 401));
  });

  test("may be refused with Stripe's own status", async () => {
    const { ask, makeCoupon, makeCode } = await openChatdash({ switches: { stripeRefusals: 'as-stripe' } });
    expect((await ask('PUT', '/coupons/none', { data: { name: 'x' } })).status).toBe(404);
    expect((await makeCode({ coupon: 'none' })).status).toBe(400);
    expect((await makeCoupon({ percent_off: 0 })).status).toBe(400);
  });

  test('with the id of a coupon may ignore it', async () => {
    const { makeCoupon } = await openChatdash({ switches: { couponIds: 'generated' } });
    expect(idOf(await makeCoupon({ id: 'SUMMER' }))).toMatch(/^[A-Za-z0-9]{8}$/);
  });
});

test('a list with exactly the requested number of items has no further page', async () => {
  const { ask, makeCoupon } = await openChatdash();
  await makeCoupon();
  await makeCoupon();
  expect((await ask('GET', '/coupons?limit=2')).body).toMatchObject({ has_more: false, next_cursor: null });
  expect((await ask('GET', '/coupons?limit=1')).body).toMatchObject({ has_more: true });
});

test('a list has fifty items by default', async () => {
  const { ask, makeCoupon } = await openChatdash();
  const ids: string[] = [];
  for (let index = 0; index < 51; index += 1) ids.push(idOf(await makeCoupon()));
  const { body } = await ask('GET', '/coupons');
  expect(body).toMatchObject({ has_more: true, next_cursor: ids[1] });
  expect(Object(body).data).toHaveLength(50);
  expect(Object((await ask('GET', '/coupons?limit=100&starting_after=')).body).data).toHaveLength(51);
});
