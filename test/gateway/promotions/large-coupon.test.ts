import { beforeAll, expect, it } from 'vitest';
import { promotionId } from '../../../src/domain/promotion/identity.ts';
import { chatdashClient, idOf } from '../../simulators/client.ts';
import { freshGateway, sharedGateway } from '../../support/gateways.ts';
import { synchroniseOnce } from '../../support/rounds.ts';
import { openShop } from '../../support/shop.ts';
import type { Json } from '../../support/start-gateway.ts';

const MINUTE = 60_000;
const COUNT = 250;

const gateway = await sharedGateway();
const shop = openShop(gateway);
let coupon: string;
beforeAll(async () => {
  coupon = idOf(await ask('POST', '/coupons', { data: { name: 'Large', percent_off: 10, duration: 'once' } }));
  await make(0, COUNT);
  expect(await synchroniseOnce(gateway, 'STRIPE_CONNECT')).toBe('DONE');
});

const ask = (method: string, path: string, body?: Json) =>
  chatdashClient(gateway.chatdash, 'acct_one')(method, path, body);
/** Creates the codes of a range. The list has the newest first, so code 0 is on the last page. */
async function make(from: number, to: number): Promise<void> {
  for (let index = from; index < to; index += 1) {
    expect((await ask('POST', '/promotion-codes', { data: { coupon, code: `L-${index}` } })).status).toBe(201);
  }
}
async function calls(work: () => Promise<unknown>): Promise<number> {
  const before = gateway.chatdash.calls.length;
  await work();
  return gateway.chatdash.calls.length - before;
}
const redeem = async (index: number): Promise<void> => {
  expect(await shop.redeem({ code: `L-${index}` })).toMatchObject({ replayed: false });
};
const status = async (index: number) =>
  (await gateway.run(`{ promoCodeByCode(code: "L-${index}", policy: CACHE_ONLY) { status } }`)).promoCodeByCode?.status;

it('the first read of a code goes up to its page, and later reads take one call', async () => {
  gateway.advance(2 * MINUTE);
  expect(await calls(() => redeem(0))).toBe(3);
  for (const index of [0, 120, 249, 0]) {
    gateway.advance(2 * MINUTE);
    expect(await calls(() => redeem(index))).toBe(1);
  }
});

it('parallel reads of codes on different pages cost no more than reading up to the last of them', async () => {
  const fresh = await freshGateway({ settings: { CHATDASH_BASE_URL: gateway.chatdash.url } });
  await synchroniseOnce(fresh, 'STRIPE_CONNECT');
  fresh.advance(2 * MINUTE);
  const before = gateway.chatdash.calls.length;
  const codes = ['L-249', 'L-3', 'L-120', 'L-249', 'L-3'];
  const answers = await Promise.all(codes.map((code) => openShop(fresh).quote({ code })));
  expect(answers).toMatchObject(codes.map(() => ({ eligible: true, refusal: null })));
  expect(gateway.chatdash.calls.length - before).toBeLessThanOrEqual(4);
});

it('a code whose remembered position is invalid is looked for from the beginning', async () => {
  gateway.advance(2 * MINUTE);
  await redeem(0);
  gateway.advance(2 * MINUTE);
  const gone = { error: "No such promotion code: 'promo_gone'" };
  gateway.chatdash.fail({ kind: 'answer', status: 404, path: /promotion-codes$/, body: gone });
  expect(await calls(() => redeem(0))).toBe(4);
  expect(await status(0)).toBe('ACTIVE');
});

it('a code that newer codes have moved to another page is found', async () => {
  gateway.advance(2 * MINUTE);
  await redeem(200);
  await make(COUNT, COUNT + 110);
  gateway.advance(2 * MINUTE);
  expect(await calls(() => redeem(200))).toBe(2);
  gateway.advance(2 * MINUTE);
  expect(await calls(() => redeem(200))).toBe(1);
});

it('a code is gone once a whole pass has not seen it, and codes that no pass reached are not', async () => {
  gateway.advance(2 * MINUTE);
  await redeem(0);
  gateway.advance(2 * MINUTE);
  const empty = { data: [], has_more: false };
  gateway.chatdash.fail({ kind: 'answer', status: 200, path: /promotion-codes$/, body: empty, times: 2 });
  expect(await shop.redeem({ code: 'L-0' })).toMatchObject({ reason: 'INACTIVE' });
  expect(await status(0)).toBe('INACTIVE');
  gateway.advance(2 * MINUTE);
  await redeem(249);
  expect(await status(1)).toBe('ACTIVE');
});

it('the coupon itself is read with one call', async () => {
  gateway.advance(2 * MINUTE);
  const couponId = promotionId({ kind: 'Coupon', provider: 'STRIPE_CONNECT', account: 'acct_one', providerId: coupon });
  const read = () => shop.redeemCoupon({ couponId, order: shop.newOrder() });
  expect(await calls(async () => expect(await read()).toMatchObject({ replayed: false }))).toBe(1);
});
