import { describe, expect, test } from 'vitest';
import { chatdashClient, idOf } from '../client.ts';
import { openChatdash, refused, SECONDS } from './open-chatdash.ts';

describe('a promotion code of the ChatDash simulator', () => {
  test('has all fields, and contains its coupon', async () => {
    const { makeCoupon, makeCode } = await openChatdash();
    const coupon = await makeCoupon();
    const { body } = await makeCode({ coupon: idOf(coupon), code: 'Summer_20-x', active: false, metadata: { a: '1' } });
    expect(body).toEqual({
      id: expect.stringMatching(/^promo_1[A-Za-z0-9]{23}$/),
      object: 'promotion_code',
      active: true,
      code: 'Summer_20-x',
      coupon: coupon.body,
      created: SECONDS,
      customer: null,
      customer_account: null,
      expires_at: null,
      livemode: false,
      max_redemptions: null,
      metadata: {},
      restrictions: { first_time_transaction: false, minimum_amount: null, minimum_amount_currency: null },
      times_redeemed: 0,
    });
  });

  test.each([
    [
      { code: 'a.b' },
      'This value must match the regex pattern. (/\\A[a-zA-Z0-9\\-_]+\\z/ does not match for the value a.b).',
    ],
    [{ code: 'x'.repeat(501) }, 'Invalid string: must be at most 500 characters'],
    [{ customer: 'mary' }, "No such customer: 'mary'"],
    [
      { max_redemptions: 6 },
      "The max_redemptions of a promotion code must not be greater than its coupon's max_redemptions.",
    ],
    [{ expires_at: SECONDS + 61 }, "The expires_at of a promotion code must not be later than its coupon's redeem_by."],
    [{ expires_at: 'soon' }, 'Invalid integer: soon'],
    [{ restrictions: { first_time_transaction: 'yes' } }, 'Invalid boolean: yes'],
    [
      { restrictions: { minimum_amount: 5 } },
      'You must pass both minimum_amount and minimum_amount_currency, or neither.',
    ],
    [{ restrictions: 'none' }, 'Invalid object: none'],
  ])('is not created from %o', async (data, message) => {
    const { makeCoupon, makeCode, codes } = await openChatdash();
    const coupon = idOf(await makeCoupon({ max_redemptions: 5, redeem_by: SECONDS + 60 }));
    expect(await makeCode({ coupon, ...data })).toMatchObject(refused(message));
    expect((await codes(coupon)).body).toMatchObject({ data: [] });
  });

  test('expires with its coupon at the latest', async () => {
    const { makeCoupon, makeCode } = await openChatdash();
    const coupon = idOf(await makeCoupon({ max_redemptions: 5, redeem_by: SECONDS + 60 }));
    expect((await makeCode({ coupon })).body).toMatchObject({ expires_at: SECONDS + 60, max_redemptions: null });
    const earlier = await makeCode({ coupon, expires_at: SECONDS + 30, max_redemptions: 5 });
    expect(earlier.body).toMatchObject({ expires_at: SECONDS + 30, max_redemptions: 5 });
  });

  test('no longer reserves its text after it expired', async () => {
    const { makeCoupon, makeCode, codes, time } = await openChatdash();
    const coupon = idOf(await makeCoupon());
    await makeCode({ coupon, code: 'SUMMER', expires_at: SECONDS + 60 });
    expect(await makeCode({ coupon, code: 'summer' })).toMatchObject(
      refused('An active promotion code with `code: summer` already exists.'),
    );
    time.now += 60_000;
    expect((await makeCode({ coupon, code: 'summer' })).status).toBe(201);
    expect((await codes(coupon)).body).toMatchObject({ data: [{ active: true }, { code: 'SUMMER', active: false }] });
  });

  test('for one customer conflicts with one for all customers, on any coupon', async () => {
    const { makeCoupon, makeCode } = await openChatdash();
    const [first, second] = [idOf(await makeCoupon()), idOf(await makeCoupon())];
    await makeCode({ coupon: first, code: 'VIP' });
    expect((await makeCode({ coupon: second, code: 'VIP', customer: 'cus_1' })).status).toBe(400);
    expect((await makeCode({ coupon: second, code: 'VIP2', customer: 'cus_1' })).status).toBe(201);
    expect((await makeCode({ coupon: first, code: 'VIP2' })).status).toBe(400);
  });

  test('does not reserve its text in other accounts', async () => {
    const { simulator, makeCoupon, makeCode, codes } = await openChatdash();
    const other = chatdashClient(simulator, 'acct_2');
    const coupon = idOf(await makeCoupon({ id: 'BOTH' }));
    const code = await makeCode({ coupon, code: 'VIP' });
    await other('POST', '/coupons', { data: { id: coupon, percent_off: 5 } });
    const otherCode = await other('POST', '/promotion-codes', { data: { coupon, code: 'VIP' } });
    expect(otherCode.status).toBe(201);
    expect((await codes(coupon)).body).toMatchObject({ data: [{ id: idOf(code) }] });
    expect((await other('GET', `/coupons/${coupon}/promotion-codes`)).body).toMatchObject({
      data: [{ id: idOf(otherCode), coupon: { percent_off: 5 } }],
    });
    expect(Object((await other('GET', '/coupons')).body).data).toHaveLength(1);
  });

  test('without a text is created twice by the same call', async () => {
    const { makeCoupon, makeCode, codes } = await openChatdash();
    const coupon = idOf(await makeCoupon());
    const first = idOf(await makeCode({ coupon }));
    const second = idOf(await makeCode({ coupon }));
    expect((await codes(coupon)).body).toMatchObject({ data: [{ id: second }, { id: first }] });
  });

  test('is never used above its limit or while it is inactive', async () => {
    const { simulator, makeCoupon, makeCode } = await openChatdash();
    const coupon = idOf(await makeCoupon({ max_redemptions: 3 }));
    const code = idOf(await makeCode({ coupon, max_redemptions: 2 }));
    expect(() => simulator.redeem(code, 3)).toThrow('would not let');
    simulator.redeem(code, 2);
    expect(() => simulator.redeem(code)).toThrow('would not let');
    expect([simulator.redeemed(code), simulator.redeemed(coupon)]).toEqual([2, 2]);
  });

  test('of a used-up coupon is created as inactive', async () => {
    const { simulator, makeCoupon, makeCode } = await openChatdash();
    const coupon = idOf(await makeCoupon({ max_redemptions: 1 }));
    simulator.redeem(coupon);
    expect((await makeCode({ coupon })).body).toMatchObject({ active: false, coupon: { valid: false } });
  });
});
