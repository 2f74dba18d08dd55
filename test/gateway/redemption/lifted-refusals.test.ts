import { beforeEach, describe, expect, it } from 'vitest';
import { PROVIDERS } from '../../../src/domain/promotion/promotion.ts';
import { chatdashClient, duroClient, flexpriceClient } from '../../simulators/client.ts';
import { makeKeys } from '../../support/credentials/keys.ts';
import { freshGateway } from '../../support/gateways.ts';
import { openShop, type Shop } from '../../support/shop.ts';
import type { Json, RunningGateway } from '../../support/start-gateway.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const ALWAYS = { times: Number.POSITIVE_INFINITY };

let gateway: RunningGateway;
let shop: Shop;
beforeEach(async () => {
  gateway = await freshGateway();
  shop = openShop(gateway);
});

const atDuro = (providerId: string, change: Json) =>
  duroClient(gateway.duro)('PATCH', `/v1/promo-codes/${providerId}`, change, { 'idempotency-key': shop.newKey() });
const atFlexprice = (method: string, path: string, body?: Json) =>
  flexpriceClient(gateway.flexprice)(method, path, body);
const terms = { name: 'Ten', type: 'percentage', percentage_off: '10', cadence: 'once' };

/** The number of calls that all providers receive while some work runs. */
async function callsDuring(work: () => Promise<unknown>): Promise<number> {
  const before = gateway.callsToProviders();
  await work();
  return gateway.callsToProviders() - before;
}

const WAYS: [way: string, use: (input: Json) => Promise<Json>][] = [
  ['quote', async (input) => ((await shop.quote(input)).eligible ? 'done' : 'refused')],
  ['hold', async (input) => ((await shop.hold(input)).redemption ? 'done' : 'refused')],
  ['redemption', async (input) => ((await shop.redeem(input)).redemption ? 'done' : 'refused')],
];

describe.each(WAYS)('the first %s', (_, use) => {
  it.each([
    ['while the store still shows the old one as live', 2 * MINUTE],
    ['while the stored answer is fresh', 0],
  ])('finds the new code after one was archived and created again at Flexprice, %s', async (_age, age) => {
    const { code, providerId } = await shop.createPromoCode({ provider: 'FLEXPRICE', maxRedemptions: 1 });
    await shop.redeem({ code });
    gateway.advance(age);
    await atFlexprice('DELETE', `/coupons/${providerId}`);
    await atFlexprice('POST', '/coupons', { ...terms, coupon_code: code });
    expect(await use({ code })).toBe('done');
  });

  it.each<[what: string, input: Json, before: (code: Json) => Promise<unknown>, after: Json]>([
    ['was switched on', {}, ({ id }) => shop.update({ id, active: false }), { active: true }],
    ['has a higher limit', { maxRedemptions: 1 }, ({ code }) => shop.redeem({ code }), { maxRedemptions: 2 }],
    [
      'has a higher limit, its last use held,',
      { maxRedemptions: 1 },
      ({ code }) => shop.hold({ code, order: { id: 'elsewhere' } }),
      { maxRedemptions: 2 },
    ],
    ['ends later', { expiresAt: 'soon' }, async () => gateway.advance(1000), { expiresAt: '2100-01-01T00:00:00Z' }],
  ])('of a Duro code that %s at Duro is not refused', async (_what, input, before, after) => {
    const made = await shop.createPromoCode({ ...input, ...(input.expiresAt && { expiresAt: shop.inSeconds(1) }) });
    await before(made);
    await atDuro(made.providerId, after);
    expect(await use({ code: made.code })).toBe('done');
  });
});

describe('a code that stays refused causes one provider read per maximum age, shared by all callers', () => {
  it.each(PROVIDERS)('at %s', async (provider) => {
    const { code } = await shop.createPromoCode({ provider, maxRedemptions: 1 });
    await shop.redeem({ code });
    const refuse = async () => expect(await shop.redeem({ code })).toMatchObject({ reason: 'EXHAUSTED' });
    for (let age = 0; age < 2; age += 1) {
      const once = await callsDuring(() => Promise.all(Array.from({ length: 5 }, refuse)));
      expect(once).toBeGreaterThan(0);
      expect(once).toBeLessThanOrEqual(4);
      gateway.advance(MINUTE - 1);
      expect(await callsDuring(async () => expect(await shop.quote({ code })).toMatchObject({ eligible: false }))).toBe(
        0,
      );
      expect(await callsDuring(refuse)).toBe(0);
      gateway.advance(1);
    }
  });

  it('the read that lifted a refusal for one customer serves the next one too', async () => {
    const { code, providerId } = await shop.createPromoCode({ maxRedemptions: 1 });
    await shop.redeem({ code });
    await atDuro(providerId, { maxRedemptions: 2 });
    expect(await shop.redeem({ code })).toMatchObject({ replayed: false });
    expect(await callsDuring(() => shop.redeem({ code }))).toBe(0);
  });

  it('a held last use causes no further read', async () => {
    const { code } = await shop.createPromoCode({ maxRedemptions: 1 });
    await shop.hold({ code, order: { id: 'elsewhere' }, holdSeconds: 600 });
    const refuse = async () => expect(await shop.redeem({ code })).toMatchObject({ reason: 'EXHAUSTED' });
    await refuse();
    expect(await callsDuring(refuse)).toBe(0);
    expect(await callsDuring(() => shop.redeem({ code, order: { id: 'elsewhere' } }))).toBe(0);
  });

  it('the codes of one Stripe Connect coupon share one read, because they are listed together', async () => {
    const { id: couponId } = await shop.createCoupon();
    const codes = [];
    for (const code of ['LIST-1', 'LIST-2', 'LIST-3']) {
      codes.push(await shop.createPromoCode({ provider: 'STRIPE_CONNECT', couponId, code, maxRedemptions: 1 }));
      await shop.redeem({ code });
    }
    const lists = () => gateway.chatdash.calls.filter(({ path }) => path.endsWith('/promotion-codes')).length;
    const before = lists();
    for (const { code } of codes) expect(await shop.redeem({ code })).toMatchObject({ reason: 'EXHAUSTED' });
    expect(lists() - before).toBe(1);
  });

  it('a code that can be redeemed causes no read', async () => {
    const { code } = await shop.createPromoCode({ provider: 'FLEXPRICE' });
    // Another provider that looks codes up may have one with the same text, and is asked for it.
    const calls = () => [gateway.duro, gateway.flexprice, gateway.chatdash].map((provider) => provider.calls.length);
    const before = calls();
    expect(await shop.redeem({ code })).toMatchObject({ replayed: false });
    expect(calls()).toEqual(before);
  });
});

it('a Stripe Connect customer finds a code that was created for them there with a text that is already known', async () => {
  const { id: couponId, providerId } = await shop.createCoupon();
  await shop.createPromoCode({ provider: 'STRIPE_CONNECT', couponId, code: 'VIP', customerId: 'cus_one' });
  const made = await chatdashClient(gateway.chatdash, 'acct_one')('POST', '/promotion-codes', {
    data: { coupon: providerId, code: 'vip', customer: 'cus_two' },
  });
  expect(made.status).toBeLessThan(300);
  expect(await shop.redeem({ code: 'VIP', customerId: 'cus_two' })).toMatchObject({ replayed: false });
  expect(await shop.redeem({ code: 'VIP', customerId: 'cus_three' })).toMatchObject({
    reason: 'CUSTOMER_NOT_ELIGIBLE',
  });
});

it('a read by code shows the live code after the known one was archived', async () => {
  const { id, code, providerId } = await shop.createPromoCode({ provider: 'FLEXPRICE' });
  gateway.advance(DAY);
  await atFlexprice('DELETE', `/coupons/${providerId}`);
  await atFlexprice('POST', '/coupons', { ...terms, coupon_code: code });
  const query = 'query ($code: String!) { promoCodeByCode(code: $code) { id status } }';
  const { promoCodeByCode } = await gateway.run(query, { code });
  expect(promoCodeByCode).toMatchObject({ status: 'ACTIVE' });
  expect(promoCodeByCode?.id).not.toBe(id);
});

describe('while a provider that may know the code is unavailable', () => {
  const FAILURE = { kind: 'answer', status: 429, headers: { 'retry-after': '7' }, ...ALWAYS } as const;
  const CANNOT_VERIFY = { reason: 'CANNOT_VERIFY', retryAfterSeconds: 7 };
  const DEAD: [what: string, input: Json, kill: (code: Json) => Promise<unknown>][] = [
    ['over', { expiresAt: 'soon' }, async () => gateway.advance(1000)],
    [
      'used up',
      { maxRedemptions: 1 },
      async ({ code }) => {
        await shop.redeem({ code });
        gateway.advance(MINUTE);
      },
    ],
    ['switched off', {}, ({ id }) => shop.update({ id, active: false })],
    ["another customer's", { customerId: 'cus_other' }, async () => {}],
  ];

  it.each(DEAD)(
    'a code that is %s at another provider is CANNOT_VERIFY, and reads still show it',
    async (_, input, kill) => {
      const made = await shop.createPromoCode({ ...input, ...(input.expiresAt && { expiresAt: shop.inSeconds(1) }) });
      await kill(made);
      gateway.flexprice.fail(FAILURE);
      const use = { code: made.code, customerId: 'cus_me' };
      expect(await shop.quote(use)).toMatchObject({ eligible: false, refusal: CANNOT_VERIFY });
      expect(await shop.hold(use)).toMatchObject(CANNOT_VERIFY);
      expect(await shop.redeem(use)).toMatchObject(CANNOT_VERIFY);
      const { promoCodeByCode } = await gateway.run('query ($code: String!) { promoCodeByCode(code: $code) { id } }', {
        code: made.code,
      });
      expect(promoCodeByCode).toEqual({ id: made.id });
    },
  );

  it('a code that can be redeemed at another provider is redeemed', async () => {
    const { code } = await shop.createPromoCode();
    gateway.flexprice.fail(FAILURE);
    expect(await shop.redeem({ code })).toMatchObject({ replayed: false });
  });

  it('a code that was switched off by an old answer of that provider is CANNOT_VERIFY', async () => {
    const { id, code } = await shop.createPromoCode();
    await shop.update({ id, active: false });
    gateway.duro.fail(FAILURE);
    expect(await shop.redeem({ code })).toMatchObject(CANNOT_VERIFY);
    gateway.duro.heal();
    expect(await shop.redeem({ code })).toMatchObject({ reason: 'INACTIVE' });
    // The code was read a moment ago, so it is not read again and the refusal stays.
    gateway.duro.fail(FAILURE);
    expect(await shop.redeem({ code })).toMatchObject({ reason: 'INACTIVE' });
  });
});

describe('a caller that may not look codes up', () => {
  const keys = makeKeys({ shop: 'quote+redeem', owner: 'manage+read+redeem' });
  let blind: Shop;
  let owner: Shop;
  beforeEach(async () => {
    gateway = await freshGateway({ settings: { ...keys.settings, ATTEMPTS_PER_CALLER: '1000' } });
    blind = openShop(gateway, keys.of('shop'));
    owner = openShop(gateway, keys.of('owner'));
  });
  const redeem = (code: string): Promise<Json> => blind.redeem({ code });

  it.each([
    ['while the store still shows the old one as live', 2 * MINUTE],
    ['while the stored answer is fresh', 0],
  ])('redeems at the first try a code that was archived and created again at Flexprice, %s', async (_, age) => {
    const { code, providerId } = await owner.createPromoCode({ provider: 'FLEXPRICE', maxRedemptions: 1 });
    await redeem(code);
    gateway.advance(age);
    await atFlexprice('DELETE', `/coupons/${providerId}`);
    await atFlexprice('POST', '/coupons', { ...terms, coupon_code: code });
    expect(await redeem(code)).toMatchObject({ __typename: 'RedeemPayload' });
  });

  it('redeems at the second try at the latest a code whose limit was raised at Duro, with one read', async () => {
    const { code, providerId } = await owner.createPromoCode({ provider: 'DURO', maxRedemptions: 1 });
    await redeem(code);
    const reads = () => gateway.duro.calls.filter(({ method }) => method === 'GET').length;
    for (let tries = 0; tries < 3; tries += 1) expect(await redeem(code)).toMatchObject({ reason: 'NOT_REDEEMABLE' });
    await gateway.gateway.reads.settled();
    expect(reads()).toBe(1);
    await atDuro(providerId, { maxRedemptions: 3 });
    gateway.advance(MINUTE);
    // The refusal does not wait for the read, so this attempt may still be refused.
    await redeem(code);
    await gateway.gateway.reads.settled();
    expect(await redeem(code)).toMatchObject({ __typename: 'RedeemPayload' });
    expect(reads()).toBe(2);
  });
});
