import { describe, expect, it } from 'vitest';
import { Database } from '../../../src/store/sqlite/database.ts';
import { chatdashClient, idOf } from '../../simulators/client.ts';
import { delayAnswer } from '../../support/delay-answer.ts';
import { freshGateway } from '../../support/gateways.ts';
import { mutate } from '../../support/mutations.ts';
import { recoverOnce, synchroniseOnce } from '../../support/rounds.ts';
import { openShop } from '../../support/shop.ts';
import { type Json, type RunningGateway, type StartOptions, startGateway } from '../../support/start-gateway.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const LOST = { kind: 'hang-up', commit: true, method: 'POST' } as const;
const NEVER_ARRIVED = { kind: 'hang-up', method: 'POST' } as const;
const COUPONS = /coupons$/;
const CODES = /promotion-codes$/;
const SPRING = { provider: 'STRIPE_CONNECT', name: 'Spring', discount: { percentage: '10' }, idempotencyKey: 'spring' };

let gateway: RunningGateway;
const start = async (options: StartOptions = {}) => {
  gateway = await freshGateway(options);
};

const outcomes = () => recoverOnce(gateway);
const posts = (path: RegExp) => gateway.chatdash.calls.filter((call) => call.method === 'POST' && path.test(call.path));
const ask = (method: string, path: string, data: Json) =>
  chatdashClient(gateway.chatdash, 'acct_one')(method, path, { data });
const couponThere = (terms: Json = {}) =>
  ask('POST', '/coupons', { name: 'Spring', percent_off: 10, duration: 'once', ...terms }).then(idOf);

const createCoupon = (input: Json = {}) => mutate(gateway.run, 'createCoupon', { ...SPRING, ...input });
const createCode = (input: Json) => openShop(gateway).tryCreatePromoCode({ provider: 'STRIPE_CONNECT', ...input });
const sync = () => synchroniseOnce(gateway, 'STRIPE_CONNECT');

describe.each([0, 2000, -2000, DAY])('a creation at a provider whose clock is %i ms behind ours', (providerLagMs) => {
  it('is recovered even if a synchronisation stored its result first', async () => {
    await start({ providerLagMs });
    gateway.chatdash.fail({ ...LOST, path: COUPONS });
    expect(await createCoupon()).toMatchObject({ kind: 'UNAVAILABLE' });
    expect(await sync()).toBe('DONE');
    expect(await outcomes()).toEqual(['FINISHED']);
    const { coupon } = await createCoupon();
    gateway.chatdash.fail({ ...LOST, path: CODES });
    const ruled = {
      couponId: coupon.id,
      code: 'RULED',
      perCustomerLimit: 1,
      allowGatewayRules: true,
      idempotencyKey: 'r',
    };
    expect(await createCode(ruled)).toMatchObject({ kind: 'UNAVAILABLE' });
    await sync();
    expect(await outcomes()).toEqual(['FINISHED']);
    expect(await createCode(ruled)).toMatchObject({ replayed: true, promoCode: { perCustomerLimit: 1 } });
    expect([posts(COUPONS).length, posts(CODES).length]).toEqual([1, 1]);
  });

  it('that never arrived is not mistaken for an object that existed before', async () => {
    await start({ providerLagMs });
    await couponThere();
    gateway.chatdash.fail({ ...NEVER_ARRIVED, path: COUPONS });
    await createCoupon();
    expect(await outcomes()).toEqual(['LATER']);
    gateway.advance(MINUTE);
    expect(await outcomes()).toEqual(['NOT_MADE']);
    expect(await createCoupon()).toMatchObject({ replayed: false });
    expect(posts(COUPONS)).toHaveLength(3);
  });
});

it('recovery does not take an older object beyond the first page of a list for the result of a call', async () => {
  await start();
  await couponThere();
  gateway.advance(1000);
  for (let number = 0; number < 100; number += 1) await couponThere({ name: `Other ${number}` });
  gateway.chatdash.fail({ ...NEVER_ARRIVED, path: COUPONS });
  await createCoupon();
  gateway.advance(MINUTE);
  expect(await outcomes()).toEqual(['NOT_MADE']);
});

describe('a pending write of a version that did not look before its call', () => {
  const asOld = async () => {
    const database = await Database.open(gateway.variables.DATABASE_URL);
    database.sqlite.exec("UPDATE intents SET request = json_remove(request, '$.before')");
    database.close();
  };

  it('is recovered if an object that fits was created at about that time', async () => {
    await start({ providerLagMs: 2000 });
    gateway.chatdash.fail({ ...LOST, path: COUPONS });
    await createCoupon();
    await asOld();
    expect(await outcomes()).toEqual(['FINISHED']);
  });

  it('is left to an operator if the object that fits may be older', async () => {
    await start();
    await couponThere();
    gateway.advance(DAY);
    gateway.chatdash.fail({ ...NEVER_ARRIVED, path: COUPONS });
    await createCoupon();
    await asOld();
    expect(await outcomes()).toEqual(['IN_DOUBT']);
  });
});

it('recovery does not take the result of one idempotency key for that of another', async () => {
  await start();
  gateway.chatdash.fail({ ...LOST, path: COUPONS });
  await createCoupon();
  const second = await createCoupon({ idempotencyKey: 'second' });
  expect(second).toMatchObject({ replayed: false });
  expect(await outcomes()).toEqual(['FINISHED']);
  const first = await createCoupon();
  expect(first).toMatchObject({ replayed: true });
  expect(first.coupon.providerId).not.toBe(second.coupon.providerId);
});

it('recovery takes no object that may be the result of another pending write', async () => {
  await start();
  gateway.chatdash.fail({ ...NEVER_ARRIVED, path: COUPONS });
  await createCoupon();
  gateway.chatdash.fail({ ...LOST, path: COUPONS });
  await createCoupon({ idempotencyKey: 'second' });
  expect(await outcomes()).toEqual(['IN_DOUBT', 'IN_DOUBT']);
});

it('a creation whose look-up before the call fails sends nothing and leaves its key free', async () => {
  await start();
  gateway.chatdash.fail({ kind: 'answer', status: 503, method: 'GET', path: COUPONS });
  expect(await createCoupon()).toMatchObject({ kind: 'UNAVAILABLE' });
  expect(posts(COUPONS)).toEqual([]);
  expect(gateway.gateway.store.pendingWrites.all()).toEqual([]);
  expect(await createCoupon({ name: 'Autumn' })).toMatchObject({ replayed: false });
});

describe('the creation of a code on a coupon', () => {
  it('is not recovered with a code of another customer or with other terms', async () => {
    await start();
    const { coupon } = await createCoupon();
    const welcome = { couponId: coupon.id, code: 'WELCOME', perCustomerLimit: 1, allowGatewayRules: true };
    const ofTwo = { ...welcome, customerId: 'cus_2', idempotencyKey: 'cus_2' };
    gateway.chatdash.fail({ ...NEVER_ARRIVED, path: CODES });
    await createCode(ofTwo);
    // Another person creates a code with the same text at the provider meanwhile.
    await ask('POST', '/promotion-codes', { coupon: coupon.providerId, code: 'WELCOME', customer: 'cus_1' });
    await ask('POST', '/promotion-codes', {
      coupon: coupon.providerId,
      code: 'WELCOME',
      customer: 'cus_2',
      max_redemptions: 7,
    });
    expect(await outcomes()).toEqual(['LATER']);
    gateway.advance(MINUTE);
    expect(await outcomes()).toEqual(['NOT_MADE']);
    expect(await createCode(ofTwo)).toMatchObject({ __typename: 'PromotionConflictError' });
  });

  it('is recovered if the code inherits expiry and limit from the coupon', async () => {
    await start();
    const expiresAt = new Date(gateway.now() + DAY).toISOString();
    const { coupon } = await createCoupon({ maxRedemptions: 9, expiresAt });
    gateway.chatdash.fail({ ...LOST, path: CODES });
    await createCode({ couponId: coupon.id, code: 'INHERITS', firstTransactionOnly: true });
    expect(await outcomes()).toEqual(['FINISHED']);
  });

  it('counts as not made if the coupon is gone and the call can no longer be in progress', async () => {
    await start();
    const { coupon } = await createCoupon();
    gateway.chatdash.fail({ ...NEVER_ARRIVED, path: CODES });
    const input = { couponId: coupon.id, code: 'STUCK', idempotencyKey: 'stuck' };
    await createCode(input);
    const body = { error: `No such coupon: '${coupon.providerId}'` };
    gateway.chatdash.fail({ kind: 'answer', status: 400, body, method: 'GET', path: CODES, times: 3 });
    expect(await outcomes()).toEqual(['LATER']);
    gateway.advance(MINUTE);
    expect(await outcomes()).toEqual(['NOT_MADE']);
    // The code text can be used again.
    expect(await createCode({ code: 'STUCK', discount: { percentage: '5' } })).toMatchObject({ replayed: false });
  });
});

it('a generated code text is the same in each repeat and in recovery, and its coupon is created once', async () => {
  await start();
  const input = { discount: { percentage: '10' }, idempotencyKey: 'random' };
  gateway.chatdash.fail({ ...LOST, path: COUPONS });
  expect(await createCode(input)).toMatchObject({ kind: 'UNAVAILABLE' });
  gateway.chatdash.fail({ ...NEVER_ARRIVED, path: CODES });
  expect(await createCode(input)).toMatchObject({ kind: 'UNAVAILABLE' });
  expect(await outcomes()).toEqual(['LATER']);
  gateway.advance(MINUTE);
  expect(await outcomes()).toEqual(['NOT_MADE']);
  const { promoCode } = await createCode(input);
  expect(gateway.chatdash.codes()).toEqual([promoCode.code]);
  expect(posts(COUPONS)).toHaveLength(1);
});

it('a generated code text stays with its key after a creation that never arrived is given up', async () => {
  await start();
  const input = { provider: 'FLEXPRICE', discount: { percentage: '10' }, idempotencyKey: 'random' };
  gateway.flexprice.fail({ ...NEVER_ARRIVED, path: COUPONS });
  await createCode(input);
  const [left] = gateway.gateway.store.pendingWrites.all();
  gateway.advance(MINUTE);
  expect(await outcomes()).toEqual(['NOT_MADE']);
  const { promoCode } = await createCode(input);
  expect(left?.request).toMatchObject({ promoCode: { code: promoCode.code.toUpperCase() } });
  // The key had no effect, so another input may use it and gets its own random code.
  const other = { ...input, idempotencyKey: 'other' };
  gateway.flexprice.fail({ kind: 'answer', status: 429, method: 'POST', path: COUPONS, times: 2 });
  await createCode(other);
  expect(await createCode({ ...other, maxRedemptions: 5 })).toMatchObject({ kind: 'RATE_LIMITED' });
  expect(await createCode({ ...other, maxRedemptions: 5 })).toMatchObject({ replayed: false });
});

it('a look-up that finds nothing counts from when it began', async () => {
  await start();
  gateway.chatdash.fail({ ...NEVER_ARRIVED, path: COUPONS });
  await createCoupon();
  gateway.advance(56_000);
  const { isSent, answer } = delayAnswer(gateway.chatdash, { method: 'GET', path: COUPONS });
  const looking = outcomes();
  await isSent;
  // The write arrives after the list was read.
  await couponThere();
  gateway.advance(4500);
  answer();
  expect(await looking).toEqual(['LATER']);
  expect(await createCoupon()).toMatchObject({ replayed: false });
  expect(posts(COUPONS)).toHaveLength(2);
});

describe('after the clock was set back by a day, times in the future', () => {
  it('do not delay recovery', async () => {
    await start();
    gateway.advance(DAY);
    gateway.chatdash.fail({ ...NEVER_ARRIVED, path: COUPONS });
    await createCoupon();
    expect(await outcomes()).toEqual(['LATER']);
    gateway.advance(-DAY);
    expect(await outcomes()).toEqual(['LATER']);
    gateway.advance(MINUTE);
    expect(await outcomes()).toEqual(['NOT_MADE']);
  });

  it('make no hold longer than the longest hold', async () => {
    await start();
    const shop = openShop(gateway);
    const { code } = await shop.createPromoCode();
    gateway.advance(30 * DAY);
    const { redemption } = await shop.hold({ code, holdSeconds: 60 });
    const status = async () =>
      (await gateway.run('query ($id: ID!) { redemption(id: $id) { status } }', { id: redemption.id })).redemption;
    gateway.advance(-30 * DAY);
    expect(await status()).toEqual({ status: 'HELD' });
    gateway.advance(7 * DAY);
    expect(await status()).toEqual({ status: 'EXPIRED' });
  });

  it('keep no lease on a key or a synchronisation', async () => {
    await start();
    gateway.chatdash.fail({ ...LOST, path: COUPONS });
    await createCoupon();
    const { idempotencyKeys, pendingWrites, syncRounds } = gateway.gateway.store;
    const [left] = pendingWrites.all();
    const then = gateway.now() + DAY;
    expect(left && idempotencyKeys.takeOver(left.call, then + 5000, then)).not.toBeNull();
    expect(await outcomes()).toEqual(['FINISHED']);
    const owner = { provider: 'STRIPE_CONNECT', account: 'acct_one' } as const;
    expect(syncRounds.claim(owner, then, then + 5000)).not.toBeNull();
    expect(await sync()).toBe('DONE');
  });
});

it('a call whose key was taken over returns the result of the call that took it over', async () => {
  await start();
  const { coupon } = await createCoupon();
  gateway.advance(MINUTE);
  const { isSent, answer } = delayAnswer(gateway.chatdash, { method: 'GET', path: CODES });
  const input = { couponId: coupon.id, code: 'ONCE', idempotencyKey: 'once' };
  const first = createCode(input);
  await isSent;
  gateway.advance(5001);
  // A second gateway recovers the write, because the first one would share its waiting read.
  const other = await startGateway({ settings: sharedSettings() });
  other.advance(gateway.now() - other.now());
  const mine = gateway;
  gateway = other;
  const second = await createCode(input);
  gateway = mine;
  await other.stop();
  expect(second).toMatchObject({ replayed: false });
  answer();
  expect(await first).toEqual({ ...second, replayed: true });
  expect(gateway.chatdash.codes()).toEqual(['ONCE']);
});

/** The settings of another gateway on the same store and the same ChatDash. */
function sharedSettings(): Record<string, string> {
  const { variables, chatdash } = gateway;
  return { DATABASE_URL: variables.DATABASE_URL, CHATDASH_BASE_URL: chatdash.url, CHATDASH_API_KEY: chatdash.apiKey };
}

it('a synchronisation that another process took over stores nothing more', async () => {
  await start();
  await couponThere();
  const { isSent, answer } = delayAnswer(gateway.chatdash, { method: 'GET', path: COUPONS });
  const first = sync();
  await isSent;
  gateway.advance(5001);
  expect(await sync()).toBe('DONE');
  const { store } = gateway.gateway;
  const owner = { provider: 'STRIPE_CONNECT', account: 'acct_one' } as const;
  const finishedAt = store.syncRounds.finishedAt(owner);
  gateway.advance(1);
  answer();
  expect(await first).toBe('BUSY');
  expect(store.syncRounds.finishedAt(owner)).toBe(finishedAt);
});
