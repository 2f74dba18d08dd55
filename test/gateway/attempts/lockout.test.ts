import { describe, expect, it } from 'vitest';
import { metric } from '../../http/subscriptions/subscriber.ts';
import { makeKeys } from '../../support/credentials/keys.ts';
import { freshGateway } from '../../support/gateways.ts';
import { openShop, type Shop } from '../../support/shop.ts';
import type { Json, RunningGateway } from '../../support/start-gateway.ts';

const keys = makeKeys({
  shop: 'quote+redeem',
  other: 'quote+redeem',
  owner: 'manage+read+redeem',
  ops: 'operate',
  bound: 'operate+quote:DURO',
});
const LIMIT = 20;
const TAKEN = { __typename: 'RedeemPayload' };
const REFUSED = { reason: 'NOT_REDEEMABLE' };
const SHUT_OUT = { reason: 'TOO_MANY_ATTEMPTS' };

let gateway: RunningGateway;
let shop: Shop;
/** The delays of slowed attempts, in milliseconds. */
let delays: number[];
/** The wait of slowed attempts. */
let sleep: () => Promise<void>;
let number = 0;

async function start(settings: Record<string, string> = {}): Promise<void> {
  delays = [];
  sleep = async () => {};
  gateway = await freshGateway({
    settings: { ...keys.settings, ATTEMPTS_PER_CALLER: String(LIMIT), ...settings },
    sleep: (milliseconds) => {
      delays.push(milliseconds);
      return sleep();
    },
  });
  shop = openShop(gateway, keys.of('shop'));
  const owner = openShop(gateway, keys.of('owner'));
  for (const code of ['GOOD', 'BETTER']) await owner.createPromoCode({ code });
}

/** Makes failed attempts, each for a new invented customer. */
async function fail(times: number, of = shop): Promise<Json[]> {
  const answers = [];
  for (let tries = 0; tries < times; tries += 1) {
    const customerId = `invented-${++number}`;
    answers.push(await of.redeem({ code: `NONE-${number}`, customerId }));
  }
  return answers;
}

describe('a caller that has used half of its failed attempts', () => {
  it('waits longer each time, whether the code is valid or not, until it is locked out', async () => {
    await start();
    expect(await fail(LIMIT / 2)).toMatchObject(Array(LIMIT / 2).fill(REFUSED));
    expect(delays).toEqual([]);
    expect(await shop.redeem({ code: 'GOOD' })).toMatchObject(TAKEN);
    expect(await fail(1)).toMatchObject([REFUSED]);
    expect(delays).toEqual([200, 200]);
    expect(await fail(LIMIT / 2 - 1)).toMatchObject(Array(LIMIT / 2 - 1).fill(REFUSED));
    expect(delays.slice(2)).toEqual([400, 600, 800, 1000, 1200, 1400, 1600, 1800, 2000]);
    expect(await fail(1)).toMatchObject([SHUT_OUT]);
    expect(await shop.redeem({ code: 'GOOD' })).toMatchObject(SHUT_OUT);
    expect(delays).toHaveLength(11);
  });

  it('is logged once by its name, and its delayed attempts are counted', async () => {
    await start();
    await fail(LIMIT);
    const warnings = gateway.logged.filter((line) => Array.isArray(line) && line[0] === 'warn');
    expect(warnings).toEqual([
      ['warn', 'A caller has used half of its failed attempts', { caller: 'shop', failed: LIMIT / 2, limit: LIMIT }],
    ]);
    const metrics = await fetch(new URL('/metrics', gateway.url), { headers: keys.of('ops') });
    expect(await metrics.text()).toMatch(/^promo_gateway_delayed_attempts_total 10$/m);
  });

  it('has at most four attempts in progress and forty queued, and delays no other caller', async () => {
    await start({ ATTEMPTS_PER_CALLER: '120', MAX_COST: '1000000' });
    const ask = (first: number, count: number) => {
      const fields = Array.from({ length: count }, (_, index) => {
        const input = `{ code: "NONE-${first + index}", customerId: "many-${first + index}" }`;
        return `a${index}: quotePromoCode(input: ${input}) { ... on PromoCodeQuote { refusal { reason } } }`;
      });
      return gateway.run(`{ ${fields.join(' ')} }`, {}, keys.of('shop'));
    };
    for (const asked of [0, 30]) await ask(asked, 30);
    expect(delays).toEqual([]);
    const gate = Promise.withResolvers<void>();
    sleep = () => gate.promise;
    const slowed = ask(60, 50);
    const countSlowed = () => metric(gateway.url, 'promo_gateway_delayed_attempts_total', keys.of('ops'));
    await expect.poll(countSlowed, { timeout: 20_000 }).toBe(50);
    expect(await shop.redeem({ code: 'GOOD', customerId: 'new' })).toMatchObject({
      ...SHUT_OUT,
      retryAfterSeconds: 15,
    });
    expect(await fail(1, openShop(gateway, keys.of('other')))).toMatchObject([REFUSED]);
    expect(delays).toHaveLength(4);
    gate.resolve();
    const reasons = Object.values<Json>(await slowed).map(({ refusal }) => refusal.reason);
    expect(reasons.filter((reason) => reason === 'NOT_REDEEMABLE')).toHaveLength(44);
    expect(reasons.filter((reason) => reason === 'TOO_MANY_ATTEMPTS')).toHaveLength(6);
    expect(delays).toHaveLength(44);
  });
});

describe('attempts for unknown customers have a limit of their own:', () => {
  it('a customer who has redeemed a code before is not delayed, and is limited by their own attempts', async () => {
    await start();
    await shop.redeem({ code: 'GOOD', customerId: 'known' });
    await openShop(gateway, keys.of('other')).redeem({ code: 'GOOD', customerId: 'known-elsewhere' });
    await fail(LIMIT);
    delays = [];
    expect(await shop.redeem({ code: 'BETTER', customerId: 'known' })).toMatchObject(TAKEN);
    for (let tries = 0; tries < 10; tries += 1) {
      expect(await shop.redeem({ code: 'NONE', customerId: 'known' })).toMatchObject(REFUSED);
    }
    expect(await shop.redeem({ code: 'NONE', customerId: 'known' })).toMatchObject(SHUT_OUT);
    expect(delays).toEqual([]);
    expect(await shop.redeem({ code: 'BETTER', customerId: 'known-elsewhere' })).toMatchObject(SHUT_OUT);
    expect(await shop.redeem({ code: 'BETTER' })).toMatchObject(SHUT_OUT);
  });

  it('customers who have redeemed a code share one limit, and are delayed from half of it', async () => {
    await start();
    for (const customerId of ['one', 'two', 'three']) {
      await shop.redeem({ code: 'GOOD', customerId });
      const tries = customerId === 'three' ? 1 : 10;
      for (let failed = 0; failed < tries; failed += 1) {
        const expected = customerId === 'three' ? SHUT_OUT : REFUSED;
        expect(await shop.redeem({ code: 'NONE', customerId })).toMatchObject(expected);
      }
    }
    // The redemptions of 'two' and 'three' counted as those of unknown customers, so they were not slowed.
    expect(delays).toEqual([200, 400, 600, 800, 1000, 1200, 1400, 1600, 1800, 2000]);
  });
});

describe('a caller that is locked out', () => {
  async function failAsKnown(...customers: string[]): Promise<void> {
    for (const customerId of customers) {
      await shop.redeem({ code: 'GOOD', customerId });
      for (let tries = 0; tries < 10; tries += 1) await shop.redeem({ code: 'NONE', customerId });
    }
  }

  it.each<[string, () => Promise<unknown>]>([
    ['by the limit of known customers', () => failAsKnown('d', 'e')],
    [
      'by its own limit',
      () => Promise.all(Array.from({ length: 10 }, () => shop.quote({ code: 'X', customerId: 'c' }))),
    ],
  ])('%s can still redeem the code that it holds or has redeemed, and no other', async (_, shutOut) => {
    await start();
    const order = { id: 'order' };
    await shop.hold({ code: 'GOOD', customerId: 'c', order });
    // A guest's order may hold the code, too.
    await shop.hold({ code: 'BETTER', order: { id: 'guest' } });
    await shutOut();
    const calls = gateway.callsToProviders();
    for (const code of ['BETTER', 'NONE']) {
      expect(await shop.redeem({ code, customerId: 'c' })).toMatchObject(SHUT_OUT);
      expect(await shop.redeem({ code, customerId: 'c', order: { id: 'guest-no-more' } })).toMatchObject(SHUT_OUT);
    }
    expect(gateway.callsToProviders()).toBe(calls);
    expect(await shop.quote({ code: ' good', customerId: 'c' })).toMatchObject({ eligible: true });
    expect(await shop.redeem({ code: 'GOOD', customerId: 'c' })).toMatchObject(TAKEN);
    expect(await shop.redeem({ code: 'GOOD', customerId: 'c', order })).toMatchObject(TAKEN);
    expect(await shop.redeem({ code: 'BETTER', order: { id: 'guest' } })).toMatchObject(TAKEN);
  });

  it('is not admitted because of a cancelled redemption or one of another caller', async () => {
    await start();
    const { redemption } = await shop.redeem({ code: 'GOOD', customerId: 'c' });
    await shop.cancel(redemption.id);
    await openShop(gateway, keys.of('other')).redeem({ code: 'GOOD', customerId: 'c' });
    for (let tries = 0; tries < 10; tries += 1) await shop.redeem({ code: 'NONE', customerId: 'c' });
    expect(await shop.redeem({ code: 'GOOD', customerId: 'c' })).toMatchObject(SHUT_OUT);
  });
});

describe('an operator can lift a lockout', () => {
  const forget = async (input: Json, name: 'ops' | 'bound' = 'ops'): Promise<Json> => {
    const query = `mutation ($input: ForgetFailedAttemptsInput!) { forgetFailedAttempts(input: $input) {
      ... on ForgetFailedAttemptsPayload { count } ... on PromotionInputError { issues { path message } } } }`;
    return (await gateway.run(query, { input }, keys.of(name))).forgetFailedAttempts;
  };
  const failAs = async (customerId: string, of = shop) => {
    for (let tries = 0; tries < 10; tries += 1) await of.redeem({ code: 'NONE', customerId });
  };

  it('of a customer for all callers, and the list of attempts stays', async () => {
    await start({ ATTEMPTS_PER_CALLER: '1000' });
    const other = openShop(gateway, keys.of('other'));
    await failAs('c');
    await failAs('c', other);
    await failAs('d');
    expect(await forget({ customerId: 'c' })).toEqual({ count: 20 });
    for (const one of [shop, other]) expect(await one.redeem({ code: 'GOOD', customerId: 'c' })).toMatchObject(TAKEN);
    expect(await shop.redeem({ code: 'GOOD', customerId: 'd' })).toMatchObject(SHUT_OUT);
    expect(await forget({ customerId: 'c' })).toEqual({ count: 0 });
    const list = await gateway.run('{ failedAttempts { totalCount } }', {}, keys.of('ops'));
    expect(list.failedAttempts.totalCount).toBe(30);
  });

  it('of a caller, for both of its limits', async () => {
    await start();
    await shop.redeem({ code: 'GOOD', customerId: 'known' });
    await failAs('known');
    await fail(LIMIT);
    expect(await forget({ caller: 'shop' })).toEqual({ count: LIMIT + 10 });
    delays = [];
    expect(await fail(1)).toMatchObject([REFUSED]);
    expect(delays).toEqual([]);
  });

  it('of an address and of the network around it', async () => {
    await start({ ATTEMPTS_PER_CALLER: '1000', ATTEMPTS_PER_ADDRESS: '2', TRUSTED_PROXIES: 'loopback' });
    const from = (address: string) => openShop(gateway, { ...keys.of('shop'), 'x-forwarded-for': address });
    expect(await fail(3, from('203.0.113.7:80'))).toMatchObject([REFUSED, REFUSED, SHUT_OUT]);
    expect(await forget({ address: '203.0.113.7' })).toEqual({ count: 2 });
    expect(await fail(1, from('203.0.113.7'))).toMatchObject([REFUSED]);
    // A /48 network has five times the limit of an address, even if each attempt comes from another /64.
    for (let net = 0; net < 10; net += 1) expect(await fail(1, from(`2001:db8:1:${net}::1`))).toMatchObject([REFUSED]);
    expect(await fail(1, from('2001:db8:1:ffff::1'))).toMatchObject([SHUT_OUT]);
    expect(await fail(1, from('2001:db8:2::1'))).toMatchObject([REFUSED]);
    expect(await forget({ address: '2001:db8:1:1::/64' })).toEqual({ count: 11 });
    expect(await fail(1, from('2001:db8:1:ffff::1'))).toMatchObject([REFUSED]);
  });

  it('of a caller with the longest possible name', async () => {
    await start();
    expect(await forget({ caller: `token:${'x'.repeat(255)}` })).toEqual({ count: 0 });
  });

  it('only by naming exactly one valid customer, address or caller', async () => {
    await start();
    const wrong = { issues: [{ path: ['input'], message: 'must name exactly one of customerId, address and caller' }] };
    for (const input of [{}, { customerId: 'c', caller: 'shop' }, { address: null }]) {
      expect(await forget(input)).toEqual(wrong);
    }
    expect(await forget({ address: 'nowhere' })).toMatchObject({ issues: [{ path: ['input', 'address'] }] });
  });

  it('only for attempts at its own accounts if its key is bound to accounts', async () => {
    await start({ ATTEMPTS_PER_CALLER: '1000' });
    const bound = openShop(gateway, keys.of('bound'));
    for (let tries = 0; tries < 3; tries += 1) await bound.quote({ code: 'NONE', customerId: 'c' });
    await failAs('c');
    expect(await forget({ customerId: 'c' }, 'bound')).toEqual({ count: 3 });
    expect(await shop.redeem({ code: 'GOOD', customerId: 'c' })).toMatchObject(SHUT_OUT);
    expect(await forget({ caller: 'bound' }, 'bound')).toEqual({ count: 3 });
    for (const input of [{ caller: 'shop' }, { address: '203.0.113.7' }]) {
      const [field] = Object.keys(input);
      expect(await forget(input, 'bound')).toMatchObject({ issues: [{ path: ['input', field] }] });
    }
  });
});
