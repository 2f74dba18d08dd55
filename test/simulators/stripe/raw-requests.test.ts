import { describe, expect, test } from 'vitest';
import { idOf } from '../client.ts';
import { openStripe, SECONDS } from './open-stripe.ts';

const OLD = { 'stripe-version': '2025-08-27.basil' };
const OLDER = { 'stripe-version': '2024-06-20' };

/** The shape of a refusal in Stripe's envelope. */
const refused = (message: string, more: Record<string, string> = {}, status = 400) => ({
  status,
  body: { error: { message, type: 'invalid_request_error', ...more } },
});
const unknown = (param: string) =>
  refused(`Received unknown parameter: ${param}`, { code: 'parameter_unknown', param });

/** A simulator with the coupon "c1". */
async function openWithCoupon() {
  const opened = await openStripe();
  await opened.ask('POST', '/v1/coupons', 'id=c1&percent_off=5');
  return opened;
}

describe('a form for the Stripe simulator', () => {
  test.each([
    'promotion[type]=coupon&promotion[coupon]=c1&expand[0]=promotion.coupon&metadata[a]=b&metadata[0]=c',
    'promotion%5Btype%5D=coupon&promotion%5Bcoupon%5D=c1&expand[]=promotion.coupon&metadata%5Ba%5D=b&metadata[0]=c',
  ])('may have brackets in any form: %s', async (form) => {
    const { ask } = await openWithCoupon();
    expect(await ask('POST', '/v1/promotion_codes', form)).toMatchObject({
      status: 200,
      body: { promotion: { type: 'coupon', coupon: { id: 'c1' } }, metadata: { 0: 'c', a: 'b' } },
    });
  });

  test.each([
    ['POST', '/v1/coupons', 'percent_off=5&percent=5', 'percent'],
    ['POST', '/v1/coupons', 'percent_off=5&applies_to[plans][]=a', 'applies_to[plans]'],
    [
      'POST',
      '/v1/coupons',
      'amount_off=5&currency=usd&currency_options[eur][amount]=5',
      'currency_options[eur][amount]',
    ],
    ['POST', '/v1/coupons/c1', 'percent_off=6', 'percent_off'],
    ['POST', '/v1/promotion_codes', 'coupon=c1', 'coupon'],
    ['POST', '/v1/promotion_codes', 'promotion[type]=coupon&promotion[coupon]=c1&__proto__=x', '__proto__'],
    ['GET', '/v1/promotion_codes?codes=A', undefined, 'codes'],
    ['GET', '/v1/coupons?created[since]=5', undefined, 'created[since]'],
    ['DELETE', '/v1/coupons/c1?force=true', undefined, 'force'],
  ])('is refused for an unknown parameter: %s %s %s', async (method, path, form, param) => {
    const { ask } = await openWithCoupon();
    expect(await ask(method, path, form)).toMatchObject(unknown(param));
  });
});

describe('an older version of the Stripe simulator', () => {
  test('has `coupon` in place of `promotion`, and shows it whole', async () => {
    const { ask } = await openWithCoupon();
    const made = await ask('POST', '/v1/promotion_codes', 'coupon=c1&code=OLD', OLD);
    expect(made).toMatchObject({ status: 200, body: { code: 'OLD', coupon: { id: 'c1', percent_off: 5 } } });
    expect(made.body).not.toHaveProperty('promotion');
    expect(made.headers.get('stripe-version')).toBe('2025-08-27.basil');
    const newer = await ask('GET', `/v1/promotion_codes/${idOf(made)}`);
    expect(newer.body).toMatchObject({ promotion: { type: 'coupon', coupon: 'c1' } });
    expect(newer.body).not.toHaveProperty('coupon');
  });

  test('refuses the parameters of newer ones', async () => {
    const { ask } = await openWithCoupon();
    const form = 'promotion[type]=coupon&promotion[coupon]=c1';
    expect(await ask('POST', '/v1/promotion_codes', form, OLD)).toMatchObject(unknown('promotion'));
    expect(await ask('POST', '/v1/promotion_codes', '', OLD)).toMatchObject(
      refused('Missing required param: coupon.', { code: 'parameter_missing', param: 'coupon' }),
    );
  });

  test('shows the whole coupon of a discount', async () => {
    const { ask } = await openWithCoupon();
    await ask('POST', '/v1/subscriptions/sub_1', 'discounts[0][coupon]=c1');
    const { body } = await ask('GET', '/v1/subscriptions/sub_1?expand[]=discounts', undefined, OLD);
    expect(body).toMatchObject({ discounts: [{ coupon: { id: 'c1' } }] });
  });

  test('allows amounts that are forever before 2025-03-31', async () => {
    const { ask } = await openStripe();
    const form = 'amount_off=500&currency=usd&duration=forever';
    expect(await ask('POST', '/v1/coupons', form)).toMatchObject({ status: 400 });
    expect(await ask('POST', '/v1/coupons', form, OLD)).toMatchObject({ status: 400 });
    expect(await ask('POST', '/v1/coupons', `${form}&id=old`, OLDER)).toMatchObject({ status: 200 });
    const apply = 'discounts[0][coupon]=old';
    expect(await ask('POST', '/v1/subscriptions/sub_1', apply)).toMatchObject({ status: 400 });
    expect(await ask('POST', '/v1/subscriptions/sub_1', apply, OLDER)).toMatchObject({ status: 200 });
  });

  test('must exist', async () => {
    const { ask } = await openStripe();
    expect(await ask('GET', '/v1/coupons', undefined, { 'stripe-version': 'latest' })).toMatchObject(
      refused('Invalid Stripe API version: latest'),
    );
  });
});

describe('an answer of the Stripe simulator', () => {
  test('has a request id, also when it refuses', async () => {
    const { ask } = await openStripe();
    const replies = [await ask('GET', '/v1/coupons'), await ask('GET', '/v1/nothing'), await ask('GET', '/')];
    for (const { headers } of replies) expect(headers.get('request-id')).toMatch(/^req_\w+$/);
    expect(replies.map(({ status }) => status)).toEqual([200, 404, 404]);
  });

  test('is 401 without a key or with another one, and accepts the key in every form', async () => {
    const { ask } = await openStripe();
    const asKey = (authorization: string) => ask('GET', '/v1/coupons', undefined, { authorization });
    expect(await asKey('')).toMatchObject({
      status: 401,
      body: { error: { message: expect.stringMatching(/^You did not provide an API key\./) } },
    });
    expect(await asKey('Bearer sk_test_another')).toMatchObject({ status: 401 });
    const basic = Buffer.from('sk_test_sandbox:').toString('base64');
    for (const accepted of ['Bearer sk_test_sandbox', 'Bearer rk_test_sandbox', `Basic ${basic}`]) {
      expect(await asKey(accepted)).toMatchObject({ status: 200 });
    }
  });

  test('is 403 for an account that the key may not use', async () => {
    const { ask } = await openStripe({ connectedAccounts: ['acct_1'] });
    const onAccount = (account: string) => ask('GET', '/v1/coupons', undefined, { 'stripe-account': account });
    expect(await onAccount('acct_1')).toMatchObject({ status: 200 });
    expect((await onAccount('acct_1')).headers.get('stripe-account')).toBe('acct_1');
    expect(await onAccount('acct_2')).toMatchObject(
      refused(
        "The provided key 'sk_test_********dbox' does not have access to account 'acct_2' (or that account does not " +
          'exist). Application access may have been revoked.',
        { code: 'account_invalid' },
        403,
      ),
    );
  });

  test('is 429 above the rate of an endpoint, until the next second', async () => {
    const { ask, time } = await openStripe({ callsPerSecond: 2 });
    const statuses = async () => [
      (await ask('GET', '/v1/coupons')).status,
      (await ask('GET', '/v1/coupons')).status,
      (await ask('GET', '/v1/coupons/A')).status,
    ];
    expect(await statuses()).toEqual([200, 200, 404]);
    const limited = await ask('GET', '/v1/coupons');
    expect(limited).toMatchObject({ status: 429, body: { error: { code: 'rate_limit' } } });
    expect(limited.headers.get('stripe-rate-limited-reason')).toBe('endpoint-rate');
    expect((await ask('GET', '/v1/promotion_codes')).status).toBe(200);
    time.now += 1000;
    expect(await statuses()).toEqual([200, 200, 404]);
  });

  test('names its own account, and the mode of its key', async () => {
    const { ask } = await openStripe({ apiKey: 'sk_live_1', platform: 'acct_own' });
    expect(await ask('GET', '/v1/account')).toMatchObject({ body: { id: 'acct_own', object: 'account' } });
    expect(await ask('POST', '/v1/coupons', 'percent_off=5')).toMatchObject({
      body: { livemode: true, created: SECONDS },
    });
  });
});
