import { beforeEach, describe, expect, it } from 'vitest';
import { flexpriceClient } from '../../simulators/client.ts';
import { createFile } from '../../store/test-stores.ts';
import { freshGateway } from '../../support/gateways.ts';
import { openShop, type Shop } from '../../support/shop.ts';
import type { Json, RunningGateway } from '../../support/start-gateway.ts';

const MINUTE = 60_000;
/** Flexprice and Stripe. */
const WITH_LOOK_UPS = 2;
const WEEK = 7 * 24 * 60 * MINUTE;
const DOWN = { kind: 'hang-up', times: Number.POSITIVE_INFINITY } as const;

let gateway: RunningGateway;
let shop: Shop;
beforeEach(async () => {
  gateway = await freshGateway();
  shop = openShop(gateway);
});

async function read(id: string, policy = 'CACHED'): Promise<Json> {
  const { promoCode } = await gateway.run(
    `query ($id: ID!) { promoCode(id: $id, policy: ${policy}) { redeemedCount freshness { asOf stale } } }`,
    { id },
  );
  return promoCode;
}

/** The number of calls to providers that some work causes, including background refreshes. */
async function hits(work: () => Promise<unknown>): Promise<number> {
  const before = gateway.callsToProviders();
  await work();
  await gateway.gateway.reads.settled();
  return gateway.callsToProviders() - before;
}

describe('a stored answer', () => {
  it('is served without a provider call while it is fresh', async () => {
    const { id } = await shop.createPromoCode();
    gateway.advance(MINUTE - 1);
    expect(await hits(() => read(id))).toBe(0);
  });

  it('that is slightly stale is served immediately and refreshed in the background', async () => {
    const { id, providerId } = await shop.createPromoCode({ maxRedemptions: 5 });
    gateway.duro.redeem(providerId, 2);
    gateway.advance(MINUTE);
    const released = Promise.withResolvers<void>();
    gateway.duro.fail({ kind: 'late', delay: released.promise });
    expect(await read(id)).toMatchObject({ redeemedCount: 0, freshness: { stale: false } });
    released.resolve();
    await gateway.gateway.reads.settled();
    const asOf = new Date(gateway.now()).toISOString();
    expect(await read(id)).toEqual({ redeemedCount: 2, freshness: { asOf, stale: false } });
  });

  it('that is too old is read again first', async () => {
    const { id, providerId } = await shop.createPromoCode({ maxRedemptions: 5 });
    gateway.duro.redeem(providerId, 2);
    gateway.advance(10 * MINUTE);
    expect(await read(id)).toMatchObject({ redeemedCount: 2, freshness: { stale: false } });
  });

  it('is served as stale for a week while its provider is unavailable', async () => {
    const { id, code } = await shop.createPromoCode();
    const asOf = new Date(gateway.now()).toISOString();
    gateway.duro.fail(DOWN);
    gateway.advance(WEEK - 1);
    expect(await read(id)).toMatchObject({ freshness: { asOf, stale: true } });
    const byCode = `{ promoCodeByCode(code: "${code}") { freshness { stale } } }`;
    expect(await gateway.run(byCode)).toEqual({ promoCodeByCode: { freshness: { stale: true } } });
    gateway.advance(1);
    const late = await gateway.send('query ($id: ID!) { promoCode(id: $id) { id } }', { id });
    expect(late).toMatchObject({ data: { promoCode: null }, errors: [{ extensions: { kind: 'UNAVAILABLE' } }] });
    expect(await gateway.send(byCode)).toMatchObject({ data: { promoCodeByCode: null } });
    expect(await read(id, 'CACHE_ONLY')).toMatchObject({ freshness: { asOf } });
  });

  it('is marked as stale after a failed read with the policy FRESH, even if it is recent', async () => {
    const { id, code } = await shop.createPromoCode();
    gateway.duro.fail({ ...DOWN, times: 2 });
    expect(await read(id, 'FRESH')).toMatchObject({ freshness: { stale: true } });
    const { promoCodeByCode } = await gateway.run(
      `{ promoCodeByCode(code: "${code}", policy: FRESH) { freshness { stale } } }`,
    );
    expect(promoCodeByCode).toEqual({ freshness: { stale: true } });
    expect(await read(id, 'FRESH')).toMatchObject({ freshness: { stale: false } });
  });

  it('is never the basis of a redemption once it is not fresh', async () => {
    const { id, code, providerId } = await shop.createPromoCode({ maxRedemptions: 1 });
    gateway.duro.redeem(providerId);
    gateway.advance(MINUTE);
    expect(await shop.redeem({ code })).toMatchObject({ reason: 'EXHAUSTED' });
    expect(await read(id)).toMatchObject({ redeemedCount: 1 });
  });

  it('is replaced by a write before the write is answered', async () => {
    const { id } = await shop.createPromoCode();
    gateway.advance(5 * MINUTE);
    await shop.update({ id, maxRedemptions: 9 });
    const asOf = new Date(gateway.now()).toISOString();
    expect(await hits(async () => expect(await read(id)).toMatchObject({ freshness: { asOf } }))).toBe(0);
  });
});

describe('the number of provider calls is minimal:', () => {
  const byCode = (code: string) => gateway.run(`{ promoCodeByCode(code: "${code}") { id } }`);

  it('500 parallel first reads of one code cost one call at each provider with look-ups', async () => {
    const body = { name: 'Cold', coupon_code: 'COLD', type: 'percentage', percentage_off: '10', cadence: 'once' };
    const { status } = await flexpriceClient(gateway.flexprice)('POST', '/coupons', body);
    expect(status).toBe(201);
    const cost = await hits(() => Promise.all(Array.from({ length: 500 }, () => byCode('cold'))));
    expect(cost).toBe(WITH_LOOK_UPS);
  });

  it('an unknown code costs one call at each provider with look-ups, and is remembered for a minute', async () => {
    expect(await hits(() => Promise.all(Array.from({ length: 50 }, () => byCode('nobody'))))).toBe(WITH_LOOK_UPS);
    expect(await hits(() => byCode(' NOBODY '))).toBe(0);
    gateway.advance(MINUTE);
    expect(await hits(() => byCode('nobody'))).toBe(WITH_LOOK_UPS);
  });

  it('ten stale codes of one ChatDash coupon cost one pass through its list', async () => {
    const { id: couponId } = await shop.createCoupon();
    const ids: string[] = [];
    for (let index = 0; index < 10; index += 1) {
      ids.push((await shop.createPromoCode({ provider: 'STRIPE_CONNECT', couponId, code: `TEN-${index}` })).id);
    }
    gateway.advance(11 * MINUTE);
    const fields = ids.map((id, index) => `code${index}: promoCode(id: "${id}") { id coupon { id } }`);
    expect(await hits(() => gateway.run(`{ ${fields.join(' ')} }`))).toBe(1);
  });

  it('one promo code under many aliases in one request costs one call', async () => {
    // On a server, a look-up may have read the stale code before the other read of it ends, and calls once more.
    const single = await freshGateway({ store: createFile });
    const { id, code } = await openShop(single).createPromoCode();
    single.advance(11 * MINUTE);
    const calls = single.callsToProviders();
    const names = Array.from({ length: 20 }, (_, index) => `a${index}: promoCode(id: "${id}") { id }`);
    await single.run(`{ ${names.join(' ')} b: promoCodeByCode(code: "${code}", provider: DURO) { id } }`);
    expect(single.callsToProviders()).toBe(calls + 1);
  });

  it.each<[operation: string, expectedHits: number, query: (code: Json) => string]>([
    ['promoCode', 1, ({ id }) => `{ promoCode(id: "${id}") { id } }`],
    ['promoCodeByCode', 1, ({ code }) => `{ promoCodeByCode(code: "${code}", provider: DURO) { id } }`],
    ['node', 1, ({ id }) => `{ node(id: "${id}") { id } }`],
    [
      'quotePromoCode',
      1,
      ({ code }) => `{ quotePromoCode(input: { code: "${code}", provider: DURO }) { __typename } }`,
    ],
    ['promoCodes', 0, () => '{ promoCodes { nodes { id coupon { id } redemptions { nodes { id } } } totalCount } }'],
    ['coupons', 0, () => '{ coupons { nodes { id promoCodes { nodes { id } } } totalCount } }'],
    ['providers', 0, () => '{ providers { provider state inDoubt operations } }'],
    [
      'redeemPromoCode',
      1,
      ({ code }) =>
        `mutation { redeemPromoCode(input: { code: "${code}", provider: DURO, idempotencyKey: "k" }) { __typename } }`,
    ],
    [
      'updatePromoCode',
      2,
      ({ id }) => `mutation { updatePromoCode(input: { id: "${id}", active: false }) { __typename } }`,
    ],
  ])('%s of a stale code costs %i', async (_, expectedHits, query) => {
    const promoCode = await shop.createPromoCode();
    gateway.advance(11 * MINUTE);
    expect(await hits(() => gateway.run(query(promoCode)))).toBe(expectedHits);
  });
});
