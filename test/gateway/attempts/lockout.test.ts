import { describe, expect, it } from 'vitest';
import { metric } from '../../http/subscriptions/subscriber.ts';
import { payloadOf } from '../../support/mutations.ts';
import type { Shop } from '../../support/shop.ts';
import type { Json } from '../../support/start-gateway.ts';
import { TAKEN } from './guessers.ts';
import { fail, failAs, keys, LIMIT, REFUSED, SHUT_OUT, start } from './slowed-shop.ts';

describe('a caller that has used half of its failed attempts', () => {
  it('waits longer each time, whether the code is valid or not, until it is locked out', async () => {
    const { slowed, shop } = await start();
    expect(await fail(LIMIT / 2, shop)).toMatchObject(Array(LIMIT / 2).fill(REFUSED));
    expect(slowed.delays).toEqual([]);
    expect(await shop.redeem({ code: 'GOOD' })).toMatchObject(TAKEN);
    expect(await fail(1, shop)).toMatchObject([REFUSED]);
    expect(slowed.delays).toEqual([200, 200]);
    expect(await fail(LIMIT / 2 - 1, shop)).toMatchObject(Array(LIMIT / 2 - 1).fill(REFUSED));
    expect(slowed.delays.slice(2)).toEqual([400, 600, 800, 1000, 1200, 1400, 1600, 1800, 2000]);
    expect(await fail(1, shop)).toMatchObject([SHUT_OUT]);
    expect(await shop.redeem({ code: 'GOOD' })).toMatchObject(SHUT_OUT);
    expect(slowed.delays).toHaveLength(11);
  });

  it('is logged once by its name, and its delayed attempts are counted', async () => {
    const { gateway, shop } = await start();
    await fail(LIMIT, shop);
    const warnings = gateway.logged.filter((line) => Array.isArray(line) && line[0] === 'warn');
    expect(warnings).toEqual([
      ['warn', 'A caller has used half of its failed attempts', { caller: 'shop', failed: LIMIT / 2, limit: LIMIT }],
    ]);
    const metrics = await fetch(new URL('/metrics', gateway.url), { headers: keys.of('ops') });
    expect(await metrics.text()).toMatch(/^promo_gateway_delayed_attempts_total 10$/m);
  });

  it('has at most four attempts in progress and forty queued, and delays no other caller', async () => {
    const { gateway, slowed, shop, other } = await start({ ATTEMPTS_PER_CALLER: '120', MAX_COST: '1000000' });
    const ask = (first: number, count: number) => {
      const fields = Array.from({ length: count }, (_, index) => {
        const input = `{ code: "NONE-${first + index}", customerId: "many-${first + index}" }`;
        return `a${index}: quotePromoCode(input: ${input}) { ... on PromoCodeQuote { refusal { reason } } }`;
      });
      return gateway.run(`{ ${fields.join(' ')} }`, {}, keys.of('shop'));
    };
    for (const asked of [0, 30]) await ask(asked, 30);
    expect(slowed.delays).toEqual([]);
    const gate = Promise.withResolvers<void>();
    slowed.wait = () => gate.promise;
    const asking = ask(60, 50);
    const countSlowed = () => metric(gateway.url, 'promo_gateway_delayed_attempts_total', keys.of('ops'));
    await expect.poll(countSlowed, { timeout: 20_000 }).toBe(50);
    expect(await shop.redeem({ code: 'GOOD', customerId: 'new' })).toMatchObject({
      ...SHUT_OUT,
      retryAfterSeconds: 15,
    });
    expect(await fail(1, other)).toMatchObject([REFUSED]);
    expect(slowed.delays).toHaveLength(4);
    gate.resolve();
    const reasons = Object.values<Json>(await asking).map(({ refusal }) => refusal.reason);
    expect(reasons.filter((reason) => reason === 'NOT_REDEEMABLE')).toHaveLength(44);
    expect(reasons.filter((reason) => reason === 'TOO_MANY_ATTEMPTS')).toHaveLength(6);
    expect(slowed.delays).toHaveLength(44);
  });
});

describe('attempts for unknown customers have a limit of their own:', () => {
  it('a customer who has redeemed a code before is not delayed, and is limited by their own attempts', async () => {
    const { slowed, shop, other } = await start();
    await shop.redeem({ code: 'GOOD', customerId: 'known' });
    await other.redeem({ code: 'GOOD', customerId: 'known-elsewhere' });
    await fail(LIMIT, shop);
    slowed.delays = [];
    expect(await shop.redeem({ code: 'BETTER', customerId: 'known' })).toMatchObject(TAKEN);
    for (let tries = 0; tries < 10; tries += 1) {
      expect(await shop.redeem({ code: 'NONE', customerId: 'known' })).toMatchObject(REFUSED);
    }
    expect(await shop.redeem({ code: 'NONE', customerId: 'known' })).toMatchObject(SHUT_OUT);
    expect(slowed.delays).toEqual([]);
    expect(await shop.redeem({ code: 'BETTER', customerId: 'known-elsewhere' })).toMatchObject(SHUT_OUT);
    expect(await shop.redeem({ code: 'BETTER' })).toMatchObject(SHUT_OUT);
  });

  it('customers who have redeemed a code share one limit, and are delayed from half of it', async () => {
    const { slowed, shop } = await start();
    for (const customerId of ['one', 'two', 'three']) {
      await shop.redeem({ code: 'GOOD', customerId });
      const tries = customerId === 'three' ? 1 : 10;
      for (let failed = 0; failed < tries; failed += 1) {
        const expected = customerId === 'three' ? SHUT_OUT : REFUSED;
        expect(await shop.redeem({ code: 'NONE', customerId })).toMatchObject(expected);
      }
    }
    // The redemptions of 'two' and 'three' counted as those of unknown customers, so they were not slowed.
    expect(slowed.delays).toEqual([200, 400, 600, 800, 1000, 1200, 1400, 1600, 1800, 2000]);
  });
});

describe('a caller that is locked out', () => {
  async function failAsKnown(shop: Shop, ...customers: string[]): Promise<void> {
    for (const customerId of customers) {
      await shop.redeem({ code: 'GOOD', customerId });
      await failAs(customerId, shop);
    }
  }

  it.each<[string, (shop: Shop) => Promise<unknown>]>([
    ['by the limit of known customers', (shop) => failAsKnown(shop, 'd', 'e')],
    [
      'by its own limit',
      (shop) =>
        Promise.all(Array.from({ length: 10 }, (_, index) => shop.quote({ code: `X${index}`, customerId: 'c' }))),
    ],
  ])('%s can still redeem the code that it holds or has redeemed, and no other', async (_, shutOut) => {
    const { gateway, shop } = await start();
    const order = { id: 'order' };
    await shop.hold({ code: 'GOOD', customerId: 'c', order });
    // A guest's order may hold the code, too.
    await shop.hold({ code: 'BETTER', order: { id: 'guest' } });
    await shutOut(shop);
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
    const { shop, other } = await start();
    const { redemption } = payloadOf(await shop.redeem({ code: 'GOOD', customerId: 'c' }));
    await shop.cancel(redemption.id);
    await other.redeem({ code: 'GOOD', customerId: 'c' });
    await failAs('c', shop);
    expect(await shop.redeem({ code: 'GOOD', customerId: 'c' })).toMatchObject(SHUT_OUT);
  });
});
