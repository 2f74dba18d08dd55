import { afterAll, describe, expect, it } from 'vitest';
import { makeKeys } from '../../support/credentials/keys.ts';
import { startIssuer } from '../../support/credentials/token-issuer.ts';
import { defined } from '../../support/defined.ts';
import { freshGateway } from '../../support/gateways.ts';
import { payloadOf } from '../../support/mutations.ts';
import { openShop, type Shop } from '../../support/shop.ts';
import type { Json, RunningGateway } from '../../support/start-gateway.ts';

const MOST = 3;
const TAKEN = { __typename: 'RedeemPayload' };
const TOO_MANY = {
  __typename: 'RedemptionRefusedError',
  reason: 'TOO_MANY_HOLDS',
  message: 'Too many codes are set aside already: finish or cancel an order first.',
};
const issuer = await startIssuer();
const keys = makeKeys({ owner: 'manage+read+redeem', shop: 'quote+redeem' });

let gateway: RunningGateway;
async function start(settings: Record<string, string> = {}): Promise<void> {
  gateway = await freshGateway({
    settings: { ...keys.settings, ...issuer.settings, HOLDS_PER_CUSTOMER: String(MOST), ...settings },
  });
  await openShop(gateway, keys.of('owner')).createPromoCode({ code: 'GOOD' });
}
afterAll(() => issuer.stop());

/** A shop that uses a customer's own token, as a browser does. */
async function browser(customer: string | null, { sub = 'user', from = '', claims = {} } = {}): Promise<Shop> {
  const exp = Math.floor(gateway.now() / 1000) + 7 * 24 * 3600;
  const claim = customer === null ? {} : { promotion_customer: customer };
  const token = await issuer.sign({ sub, exp, scope: 'quote redeem', ...claim, ...claims });
  return openShop(gateway, { authorization: `Bearer ${token}`, ...(from && { 'x-forwarded-for': from }) });
}

const use = { code: 'GOOD' };
async function holds(times: number, by: Shop, input: Json = {}): Promise<Json[]> {
  const answers = [];
  for (let tries = 0; tries < times; tries += 1) answers.push(await by.hold({ ...use, ...input }));
  return answers;
}

describe('the number of open holds per customer and caller is limited', () => {
  it('until one of them is redeemed or expires, and other customers are unaffected', async () => {
    await start();
    const shop = openShop(gateway, keys.of('shop'));
    const c = { customerId: 'c' };
    const [first] = await holds(MOST, shop, { ...c, holdSeconds: 60 });
    gateway.advance(20_000);
    const key = { idempotencyKey: 'fourth' };
    expect(await shop.hold({ ...use, ...c, ...key })).toMatchObject({ ...TOO_MANY, retryAfterSeconds: 40 });
    expect(await shop.quote({ ...use, ...c })).toMatchObject({ eligible: true });
    expect(await shop.redeem({ ...use, ...c })).toMatchObject(TAKEN);
    expect(await shop.hold({ ...use, customerId: 'd' })).toMatchObject(TAKEN);
    await shop.confirm(first.redemption.id);
    expect(await shop.hold({ ...use, ...c, ...key })).toMatchObject(TAKEN);
    expect(await shop.hold({ ...use, ...c })).toMatchObject(TOO_MANY);
    gateway.advance(40_000);
    expect(await holds(3, shop, c)).toMatchObject([TAKEN, TAKEN, TOO_MANY]);
  });

  it('in parallel requests too', async () => {
    await start();
    const shop = openShop(gateway, keys.of('shop'));
    const answers = await Promise.all(Array.from({ length: 10 }, () => shop.hold({ ...use, customerId: 'c' })));
    expect(answers.filter(({ reason }) => reason === 'TOO_MANY_HOLDS')).toHaveLength(10 - MOST);
  });

  it('but each hold can still be extended by its order', async () => {
    await start();
    const shop = openShop(gateway, keys.of('shop'));
    const own = { customerId: 'c', order: { id: 'order' } };
    const [{ redemption }] = await holds(1, shop, own);
    await holds(MOST - 1, shop, { customerId: 'c' });
    gateway.advance(1000);
    const longer = payloadOf(await shop.hold({ ...use, ...own }));
    expect(longer).toMatchObject({ ...TAKEN, redemption: { id: redemption.id } });
    expect(Date.parse(defined(longer.redemption.heldUntil))).toBeGreaterThan(Date.parse(redemption.heldUntil));
  });

  it('for all guests of a token together, and not for guests of a key', async () => {
    await start();
    expect(await holds(MOST + 1, await browser(null))).toMatchObject([...Array(MOST).fill(TAKEN), TOO_MANY]);
    expect(await holds(1, await browser(null, { sub: 'another' }))).toMatchObject([TAKEN]);
    const shop = openShop(gateway, keys.of('shop'));
    expect(await holds(MOST + 1, shop)).toMatchObject(Array(MOST + 1).fill(TAKEN));
  });
});

describe('the number of holds per address and window is limited', () => {
  const SETTINGS = { TRUSTED_PROXIES: 'loopback', HOLDS_PER_ADDRESS: '2', HOLDS_PER_CUSTOMER: '1000' };

  it('for all its customers together, and an order that holds the code keeps it', async () => {
    await start({ ...SETTINGS, ATTEMPTS_WINDOW_SECONDS: '60' });
    const from = '203.0.113.7';
    const [one, two] = [await browser('one', { from }), await browser('two', { sub: 'two', from })];
    const order = { id: 'order' };
    // Refused holds do not count.
    for (let tries = 0; tries < 3; tries += 1) await one.hold({ code: 'NONE' });
    expect(await one.hold({ ...use, order, idempotencyKey: 'once' })).toMatchObject(TAKEN);
    expect(await one.hold({ ...use, order, idempotencyKey: 'once' })).toMatchObject({ replayed: true });
    for (let tries = 0; tries < 3; tries += 1) expect(await one.hold({ ...use, order })).toMatchObject(TAKEN);
    expect(await two.hold(use)).toMatchObject(TAKEN);
    expect(await two.hold(use)).toMatchObject({ ...TOO_MANY, retryAfterSeconds: expect.any(Number) });
    expect(await one.hold(use)).toMatchObject(TOO_MANY);
    expect(await one.hold({ ...use, order })).toMatchObject(TAKEN);
    expect(await one.redeem(use)).toMatchObject(TAKEN);
    expect(await holds(1, await browser('three', { from: '203.0.113.8' }))).toMatchObject([TAKEN]);
  });

  it('in parallel requests, and across the networks of one site', async () => {
    await start(SETTINGS);
    const one = await browser('one', { from: '203.0.113.7' });
    const answers = await Promise.all(Array.from({ length: 10 }, () => one.hold(use)));
    expect(answers.filter(({ __typename }) => __typename === 'RedeemPayload')).toHaveLength(2);
    const reasons = [];
    for (let net = 0; net < 12; net += 1) {
      reasons.push((await (await browser('two', { from: `2001:db8:1:${net}::1` })).hold(use)).reason);
    }
    expect(reasons).toEqual([...Array(10).fill(undefined), ...Array(2).fill('TOO_MANY_HOLDS')]);
  });
});

describe("a hold of a customer's token", () => {
  it('lasts for an hour at most, and for 15 minutes by default', async () => {
    await start();
    const anna = await browser('anna');
    const wrong = { issues: [{ path: ['input', 'holdSeconds'], message: 'must be at most 3600 here' }] };
    expect(await anna.hold({ ...use, holdSeconds: 3601 })).toMatchObject(wrong);
    expect(await anna.hold({ ...use, holdSeconds: 3600 })).toMatchObject(TAKEN);
    const { redemption } = payloadOf(await anna.hold(use));
    expect(Date.parse(defined(redemption.heldUntil)) - gateway.now()).toBe(15 * 60_000);
    const shop = openShop(gateway, keys.of('shop'));
    expect(await shop.hold({ ...use, holdSeconds: 7 * 24 * 3600 })).toMatchObject(TAKEN);
  });

  it('lasts no longer if a server requested the token in its own name', async () => {
    await start();
    const anna = await browser('anna', { claims: { client_id: 'user' } });
    expect(await anna.hold({ ...use, holdSeconds: 3601 })).toMatchObject({
      issues: [{ path: ['input', 'holdSeconds'] }],
    });
  });

  it('lasts by default no longer than MAX_CUSTOMER_HOLD_SECONDS', async () => {
    await start({ MAX_CUSTOMER_HOLD_SECONDS: '60' });
    const { redemption } = payloadOf(await (await browser('anna')).hold(use));
    expect(Date.parse(defined(redemption.heldUntil)) - gateway.now()).toBe(60_000);
  });
});
