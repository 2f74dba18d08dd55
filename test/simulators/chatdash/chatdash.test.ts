import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type ChatdashOptions, startChatdashSimulator } from '../../../src/simulators/chatdash/index.ts';
import { chatdashClient, client, idOf, opened } from '../client.ts';

const NOW = Date.parse('2026-08-01T10:00:00Z');
const SECONDS = NOW / 1000;
const coupon = { name: 'Summer', percent_off: 25, duration: 'once' };

async function chatdash(options: ChatdashOptions = {}) {
  const simulator = await opened(startChatdashSimulator({ clock: () => NOW, ...options }));
  const ask = chatdashClient(simulator);
  const make = async (path: string, data: Record<string, unknown>) => ask('POST', path, { data });
  return { simulator, ask, make };
}
const page = z.object({
  data: z.array(z.object({ id: z.string() })),
  has_more: z.boolean(),
  next_cursor: z.string().nullable(),
});

describe('ChatDash creates', () => {
  test('a coupon, and answers with the bare coupon and 201', async () => {
    const { make } = await chatdash();
    const reply = await make('/coupons', {
      ...coupon,
      duration: 'repeating',
      duration_in_months: 3,
      max_redemptions: 5,
    });
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({
      object: 'coupon',
      name: 'Summer',
      percent_off: 25,
      amount_off: null,
      duration: 'repeating',
      duration_in_months: 3,
      max_redemptions: 5,
      redeem_by: null,
      times_redeemed: 0,
      valid: true,
      created: SECONDS,
    });
  });

  test('a promotion code that contains the whole coupon', async () => {
    const { make } = await chatdash();
    const couponId = idOf(await make('/coupons', coupon));
    const reply = await make('/promotion-codes', {
      coupon: couponId,
      code: 'SUMMER20',
      customer: 'cus_1',
      max_redemptions: 10,
      expires_at: SECONDS + 60,
      restrictions: { first_time_transaction: true, minimum_amount: 1000, minimum_amount_currency: 'usd' },
    });
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject({
      id: expect.stringMatching(/^promo_/),
      object: 'promotion_code',
      active: true,
      code: 'SUMMER20',
      coupon: { id: couponId, object: 'coupon', percent_off: 25 },
      customer: 'cus_1',
      max_redemptions: 10,
      expires_at: SECONDS + 60,
      restrictions: { first_time_transaction: true, minimum_amount: 1000, minimum_amount_currency: 'usd' },
      times_redeemed: 0,
    });
  });

  test('a random code if none is given', async () => {
    const { make } = await chatdash();
    const { body } = await make('/promotion-codes', { coupon: idOf(await make('/coupons', coupon)) });
    expect(body).toMatchObject({ code: expect.stringMatching(/^[A-Z0-9]{8}$/) });
  });
});

describe('ChatDash refuses', () => {
  test('a call without the API key, or with a scheme before it', async () => {
    const { simulator } = await chatdash();
    for (const headers of [{ authorization: 'CD.other' }, { authorization: `Bearer ${simulator.apiKey}` }]) {
      const reply = await client(simulator, headers)('GET', '/stripe/connect/accounts/acct_1/coupons');
      expect(reply).toMatchObject({ status: 401, body: { error: expect.any(String) } });
    }
  });

  test('a promotion code without a coupon', async () => {
    const { ask } = await chatdash();
    expect(await ask('POST', '/promotion-codes', { data: {} })).toMatchObject({
      status: 400,
      body: { error: 'Missing required field: coupon' },
    });
  });

  test('fields that are not wrapped in data', async () => {
    const { ask } = await chatdash();
    expect(await ask('POST', '/coupons', coupon)).toMatchObject({ status: 400, body: { error: expect.any(String) } });
  });

  test.each<[what: string, data: Record<string, unknown>, message: string]>([
    ['an unknown coupon', { coupon: 'X' }, "No such coupon: 'X'"],
    ['a code with a blank', { code: 'a b' }, 'must match the regex pattern'],
    ['an end in the past', { expires_at: SECONDS - 1 }, 'in the past'],
    ['an end in more than five years', { expires_at: SECONDS + 6 * 366 * 86_400 }, 'five years in the future'],
  ])("%s, with Stripe's text", async (_, data, message) => {
    const { make } = await chatdash();
    const couponId = idOf(await make('/coupons', coupon));
    expect(await make('/promotion-codes', { coupon: couponId, ...data })).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining(message) },
    });
  });

  test('an active code again in another case, but not for another customer', async () => {
    const { make } = await chatdash();
    const couponId = idOf(await make('/coupons', coupon));
    await make('/promotion-codes', { coupon: couponId, code: 'VIP', customer: 'cus_1' });
    const again = (customer?: string) => make('/promotion-codes', { coupon: couponId, code: 'vip', customer });
    expect(await again('cus_1')).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('already exists') },
    });
    expect(await again()).toMatchObject({ status: 400 });
    expect(await again('cus_2')).toMatchObject({ status: 201 });
  });

  test.each([
    [{ name: 'x' }, 'Must provide percent_off or amount_off.'],
    [{ percent_off: 5, amount_off: 5 }, 'Please pass in only one.'],
    [{ amount_off: 5 }, 'You must pass currency when passing amount_off'],
    [{ percent_off: 5, duration: 'repeating' }, 'The duration_in_months param must be set'],
  ])('the coupon %j', async (data, message) => {
    const { make } = await chatdash();
    expect(await make('/coupons', { name: 'x', duration: 'once', ...data })).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining(message) },
    });
  });
});

describe('ChatDash counts', () => {
  test('a use of a code on its coupon too, and makes both inactive at the limit', async () => {
    const { simulator, ask, make } = await chatdash();
    const couponId = idOf(await make('/coupons', { ...coupon, max_redemptions: 2 }));
    const one = idOf(await make('/promotion-codes', { coupon: couponId, code: 'ONE' }));
    await make('/promotion-codes', { coupon: couponId, code: 'TWO' });
    simulator.redeem(one, 2);
    expect(simulator.redeemed(couponId)).toBe(2);
    const { body } = await ask('GET', `/coupons/${couponId}/promotion-codes`);
    expect(body).toMatchObject({
      data: [
        { code: 'TWO', active: false, times_redeemed: 0, coupon: { valid: false, times_redeemed: 2 } },
        { code: 'ONE', active: false, times_redeemed: 2 },
      ],
    });
  });

  test('each account separately', async () => {
    const { simulator, make } = await chatdash();
    const couponId = idOf(await make('/coupons', coupon));
    const other = await chatdashClient(simulator, 'acct_2')('GET', `/coupons/${couponId}/promotion-codes`);
    expect(other.status).toBeGreaterThanOrEqual(400);
  });
});

test('ChatDash lists coupons newest first, in pages, to the end', async () => {
  const { ask, make } = await chatdash();
  const made: string[] = [];
  for (let index = 0; index < 5; index += 1)
    made.unshift(idOf(await make('/coupons', { ...coupon, name: `C${index}` })));
  const seen: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const { body } = await ask('GET', `/coupons?limit=2${cursor && `&starting_after=${cursor}`}`);
    const { data, has_more, next_cursor } = page.parse(body);
    expect(has_more).toBe(next_cursor !== null);
    seen.push(...data.map(({ id }) => id));
    cursor = next_cursor;
  }
  expect(seen).toEqual(made);
});

test('ChatDash changes only the name of a coupon', async () => {
  const { ask, make } = await chatdash();
  const couponId = idOf(await make('/coupons', coupon));
  const reply = await ask('PUT', `/coupons/${couponId}`, { data: { name: 'Winter', percent_off: 90 } });
  expect(reply).toMatchObject({ status: 200, body: { name: 'Winter', percent_off: 25 } });
});
