import { describe, expect, test } from 'vitest';
import { startChatdashSimulator } from '../../src/simulators/chatdash/index.ts';
import { startDuroSimulator } from '../../src/simulators/duro/index.ts';
import { startFlexpriceSimulator } from '../../src/simulators/flexprice/index.ts';
import { startStripeSimulator } from '../../src/simulators/stripe/index.ts';
import {
  type Ask,
  chatdashClient,
  duroClient,
  flexpriceClient,
  idOf,
  opened,
  stripeClient,
  temporaryFile,
} from './client.ts';

const LAUNCH = { code: 'LAUNCH50', discountType: 'percentage', discountValue: 50 };
const PERCENT = { name: 'Launch', type: 'percentage', percentage_off: '15', cadence: 'once' };
const keyed = (key: string) => ({ 'idempotency-key': key });

/** The statuses and bodies of several reads. */
async function readings(ask: Ask, paths: string[]) {
  const replies = await Promise.all(paths.map((path) => ask('GET', path)));
  return replies.map(({ status, body }) => ({ status, body }));
}

describe('After a restart Duro still has', () => {
  test('its promo codes, and the limit that it never returns', async () => {
    const stateFile = temporaryFile();
    const options = { stateFile, switches: { list: 'present' } } as const;
    const first = await startDuroSimulator(options);
    const ask = duroClient(first);
    const capped = idOf(await ask('POST', '/v1/promo-codes', { ...LAUNCH, maxRedemptions: 3 }));
    await ask('POST', '/v1/promo-codes', { ...LAUNCH, code: 'B', expiresAt: '2100-01-01T00:00:00Z' });
    first.redeem(capped, 2);
    const before = await readings(ask, ['/v1/promo-codes', `/v1/promo-codes/${capped}`]);
    await first.close();
    const second = await opened(startDuroSimulator(options));
    expect(await readings(duroClient(second), ['/v1/promo-codes', `/v1/promo-codes/${capped}`])).toEqual(before);
    expect(() => second.redeem(capped, 2)).toThrow('would not let');
    second.redeem(capped);
    expect(second.redeemed(capped)).toBe(3);
  });

  test('the answer for each idempotency key, including changes and refusals', async () => {
    const stateFile = temporaryFile();
    const options = { stateFile, switches: { replays: 'everything' } } as const;
    const first = await startDuroSimulator(options);
    const ask = duroClient(first);
    const path = `/v1/promo-codes/${idOf(await ask('POST', '/v1/promo-codes', LAUNCH))}`;
    const off = await ask('PATCH', path, { active: false }, keyed('change'));
    const refused = await ask('POST', '/v1/promo-codes', LAUNCH, keyed('refusal'));
    await ask('PATCH', path, { active: true });
    await first.close();
    const again = duroClient(await opened(startDuroSimulator(options)));
    const other = { ...LAUNCH, code: 'OTHER' };
    expect((await again('PATCH', path, { active: false }, keyed('change'))).body).toEqual(off.body);
    expect((await again('POST', '/v1/promo-codes', other, keyed('refusal'))).body).toEqual(refused.body);
    expect((await again('GET', path)).body).toMatchObject({ active: true });
    expect((await again('POST', '/v1/promo-codes', other, keyed('new'))).status).toBe(201);
  });
});

test('after a restart Flexprice still has its coupons, including archived ones, and unused codes stay free', async () => {
  const stateFile = temporaryFile();
  const first = await startFlexpriceSimulator({ stateFile });
  const ask = flexpriceClient(first);
  const kept = idOf(
    await ask('POST', '/coupons', {
      ...PERCENT,
      coupon_code: 'kept',
      max_redemptions: 5,
      redeem_before: '2100-01-01T00:00:00Z',
      metadata: { team: 'growth' },
      rules: { any: ['thing'] },
    }),
  );
  const gone = idOf(await ask('POST', '/coupons', { ...PERCENT, coupon_code: 'gone' }));
  await ask('DELETE', `/coupons/${gone}`);
  first.redeem(kept, 4);
  const paths = [
    '/coupons',
    '/coupons?status=archived',
    `/coupons/${gone}`,
    '/coupons/code/kept',
    '/coupons/code/gone',
  ];
  const before = await readings(ask, paths);
  await first.close();
  const second = await opened(startFlexpriceSimulator({ stateFile }));
  const again = flexpriceClient(second);
  expect(before.map(({ status }) => status)).toEqual([200, 200, 200, 200, 404]);
  expect(await readings(again, paths)).toEqual(before);
  expect(() => second.redeem(kept, 2)).toThrow('cannot be redeemed again');
  expect((await again('POST', '/coupons', { ...PERCENT, coupon_code: 'kept' })).status).toBe(409);
  expect((await again('POST', '/coupons', { ...PERCENT, coupon_code: 'gone' })).status).toBe(201);
});

test('after a restart ChatDash still has the coupons and codes of each account, and both counters', async () => {
  const stateFile = temporaryFile();
  const first = await startChatdashSimulator({ stateFile });
  const ask = chatdashClient(first);
  const coupon = idOf(await ask('POST', '/coupons', { data: { name: 'Summer', percent_off: 5, max_redemptions: 9 } }));
  const restrictions = { first_time_transaction: true, minimum_amount: 1000, minimum_amount_currency: 'usd' };
  const data = { coupon, code: 'VIP', customer: 'cus_1', max_redemptions: 3, restrictions };
  const code = idOf(await ask('POST', '/promotion-codes', { data }));
  await ask('POST', '/promotion-codes', { data: { coupon } });
  await chatdashClient(first, 'acct_2')('POST', '/coupons', { data: { percent_off: 7 } });
  first.redeem(code, 3);
  first.redeem(coupon);
  const paths = ['/coupons', `/coupons/${coupon}/promotion-codes`];
  const before = await readings(ask, paths);
  const others = await readings(chatdashClient(first, 'acct_2'), ['/coupons']);
  await first.close();
  const second = await opened(startChatdashSimulator({ stateFile }));
  expect(await readings(chatdashClient(second), paths)).toEqual(before);
  expect(await readings(chatdashClient(second, 'acct_2'), ['/coupons'])).toEqual(others);
  expect([second.redeemed(code), second.redeemed(coupon)]).toEqual([3, 4]);
  expect(() => second.redeem(code)).toThrow('would not let');
  // The code is used up and thus inactive, so its text is free again.
  expect((await chatdashClient(second)('POST', '/promotion-codes', { data })).status).toBe(201);
});

test('after a restart Stripe still has its objects, the discounts of subscriptions, and its events', async () => {
  const stateFile = temporaryFile();
  const first = await startStripeSimulator({ stateFile });
  const ask = stripeClient(first);
  await ask('POST', '/v1/coupons', 'id=SUMMER&percent_off=5&max_redemptions=9');
  const code = idOf(
    await ask('POST', '/v1/promotion_codes', 'promotion[type]=coupon&promotion[coupon]=SUMMER&code=VIP'),
  );
  await ask('POST', '/v1/coupons', 'id=GONE&percent_off=5');
  await ask('DELETE', '/v1/coupons/GONE');
  await ask('POST', '/v1/subscriptions/sub_1', `discounts[0][promotion_code]=${code}`);
  const paths = [
    '/v1/coupons',
    '/v1/coupons/GONE',
    `/v1/promotion_codes/${code}?expand[]=promotion.coupon`,
    '/v1/subscriptions/sub_1?expand[]=discounts',
    '/v1/events',
  ];
  const before = await readings(ask, paths);
  await first.close();
  const second = await opened(startStripeSimulator({ stateFile }));
  expect(before.map(({ status }) => status)).toEqual([200, 404, 200, 200, 200]);
  expect(await readings(stripeClient(second), paths)).toEqual(before);
  expect([second.redeemed(code), second.redeemed('SUMMER')]).toEqual([1, 1]);
  expect(() => second.redeem(code, 9)).toThrow('would not let');
});
