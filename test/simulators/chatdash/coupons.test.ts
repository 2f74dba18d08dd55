import { describe, expect, test } from 'vitest';
import { chatdashClient, idOf } from '../client.ts';
import { openChatdash, refused, SECONDS } from './open-chatdash.ts';

const FIVE_YEARS_ON = Date.parse('2031-08-01T10:00:00Z') / 1000;

describe('a coupon of the ChatDash simulator', () => {
  test('has all fields, with null for missing values', async () => {
    const { makeCoupon } = await openChatdash();
    const { body } = await makeCoupon({ metadata: { team: 'growth' }, redeem_by: SECONDS + 60 });
    expect(body).toEqual({
      id: expect.stringMatching(/^[A-Za-z0-9]{8}$/),
      object: 'coupon',
      amount_off: null,
      created: SECONDS,
      currency: null,
      duration: 'once',
      duration_in_months: null,
      livemode: false,
      max_redemptions: null,
      metadata: { team: 'growth' },
      name: null,
      percent_off: 25,
      redeem_by: SECONDS + 60,
      times_redeemed: 0,
      valid: true,
    });
  });

  test('with an amount keeps integers, also in currencies without decimals', async () => {
    const { makeCoupon } = await openChatdash();
    const { body } = await makeCoupon({ percent_off: null, amount_off: 500, currency: 'JPY' });
    expect(body).toMatchObject({ amount_off: 500, currency: 'jpy', percent_off: null });
  });

  test('may be created with numbers as texts, as in the form that Stripe receives', async () => {
    const { makeCoupon } = await openChatdash();
    const { status, body } = await makeCoupon({ percent_off: '12.5', max_redemptions: '3' });
    expect(status).toBe(201);
    expect(body).toMatchObject({ percent_off: 12.5, max_redemptions: 3 });
  });

  test.each([
    [{ percent_off: 0 }, "This value must be greater than or equal to 1 (it currently is '0.0')."],
    [{ percent_off: 0.99 }, "This value must be greater than or equal to 1 (it currently is '0.99')."],
    [{ percent_off: 100.5 }, "This value must be less than or equal to 100 (it currently is '100.5')."],
    [{ percent_off: 'many' }, 'Invalid decimal: many'],
    [{ percent_off: null, amount_off: 0 }, "This value must be greater than or equal to 1 (it currently is '0')."],
    [{ percent_off: null, amount_off: 9.99, currency: 'usd' }, 'Invalid integer: 9.99'],
    [{ percent_off: null, amount_off: 9, currency: 'money' }, 'Invalid currency: money.'],
    [{ max_redemptions: 0 }, "This value must be greater than or equal to 1 (it currently is '0')."],
    [{ max_redemptions: 2 ** 53 }, 'Invalid integer: 9007199254740992'],
    [{ duration: 'weekly' }, 'Invalid duration: must be one of forever, once, or repeating'],
    [{ name: { en: 'x' } }, 'Invalid string: {"en":"x"}'],
    [
      { redeem_by: SECONDS },
      'The parameter `redeem_by` expects a unix timestamp representing a date and time in the future. ' +
        `You specified the value \`${SECONDS}\` which is in the past.`,
    ],
    [{ redeem_by: FIVE_YEARS_ON + 1 }, 'Invalid timestamp: can be no more than five years in the future.'],
  ])('is not created from %o', async (data, message) => {
    const { ask, makeCoupon } = await openChatdash();
    expect(await makeCoupon(data)).toMatchObject(refused(message));
    expect((await ask('GET', '/coupons')).body).toEqual({ data: [], has_more: false, next_cursor: null });
  });

  test('may end in exactly five years, and grant 100 %', async () => {
    const { makeCoupon } = await openChatdash();
    expect((await makeCoupon({ redeem_by: FIVE_YEARS_ON, percent_off: 100 })).status).toBe(201);
  });

  test('has the id that was sent, which is unique per account', async () => {
    const { simulator, makeCoupon } = await openChatdash();
    expect(idOf(await makeCoupon({ id: 'SUMMER' }))).toBe('SUMMER');
    expect(await makeCoupon({ id: 'SUMMER' })).toMatchObject(refused('Coupon already exists.'));
    const other = await chatdashClient(simulator, 'acct_2')('POST', '/coupons', {
      data: { id: 'SUMMER', percent_off: 1 },
    });
    expect(other.status).toBe(201);
  });

  test('is valid until it expires or is used up', async () => {
    const { simulator, ask, makeCoupon, time } = await openChatdash();
    const ending = idOf(await makeCoupon({ redeem_by: SECONDS + 60 }));
    const capped = idOf(await makeCoupon({ max_redemptions: 1 }));
    simulator.redeem(capped);
    time.now += 60_000;
    expect((await ask('GET', '/coupons')).body).toMatchObject({
      data: [
        { id: capped, times_redeemed: 1, valid: false },
        { id: ending, valid: false },
      ],
    });
    expect(() => simulator.redeem(capped)).toThrow('would not let');
    expect(() => simulator.redeem(ending)).toThrow('would not let');
    expect(() => simulator.redeem('none')).toThrow('no coupon or promotion code');
  });
});
