import { describe, expect, it } from 'vitest';
import { promotionId } from '../../../src/domain/promotion/identity.ts';
import { delayAnswer } from '../../support/delay-answer.ts';
import { freshGateway, sharedGateway } from '../../support/gateways.ts';
import { payloadOf } from '../../support/mutations.ts';
import { openShop } from '../../support/shop.ts';
import { ask } from './answer-client.ts';

const gateway = await sharedGateway({ settings: { ANSWER_CACHE_BYTES: '10000000' } });
const shop = openShop(gateway);

const read = (id: string, fields = 'code status remaining heldCount') => `{ promoCode(id: "${id}") { ${fields} } }`;
/** Sends an operation twice, and returns whether the second answer came from memory. */
const isRemembered = async (query: string) => {
  await ask(gateway, query);
  return (await ask(gateway, query)).isHit;
};

describe('an equal read', () => {
  it('gets the bytes of the answer before, with a request id of its own and a line in the log', async () => {
    const { id, code } = await shop.createPromoCode();
    const query = `query Remembered { promoCode(id: "${id}") { code } }`;
    const first = await ask(gateway, query);
    gateway.advance(5000);
    const logged = gateway.logged.length;
    const second = await ask(gateway, query, { headers: { 'x-request-id': 'second' } });
    expect([first.isHit, second.isHit]).toEqual([false, true]);
    expect(JSON.parse(second.body)).toEqual({ data: { promoCode: { code } } });
    expect(second.body).toBe(first.body);
    const own = { 'x-request-id': 'second', 'cache-control': 'private, max-age=55', date: second.headers.get('date') };
    expect(Object.fromEntries(second.headers)).toEqual({ ...Object.fromEntries(first.headers), ...own });
    const line = {
      requestId: 'second',
      fromMemory: true,
      caller: 'anonymous',
      operation: 'Remembered',
      type: 'query',
      outcome: 'OK',
    };
    expect(gateway.logged.slice(logged)).toEqual([
      ['info', 'An operation was answered', expect.objectContaining(line)],
    ]);
  });

  it('is logged with as much of a long name as its execution', async () => {
    const query = `query ${'Long'.repeat(50)} { __typename }`;
    for (const isHit of [false, true]) {
      expect((await ask(gateway, query)).isHit).toBe(isHit);
      const line = { operation: 'Long'.repeat(25) };
      expect(gateway.logged.at(-1)).toEqual(['info', 'An operation was answered', expect.objectContaining(line)]);
    }
  });

  it('by POST gets it too, if its variables are the same', async () => {
    const codes = [await shop.createPromoCode(), await shop.createPromoCode()];
    const query = 'query ($id: ID!) { promoCode(id: $id) { code } }';
    for (const isHit of [false, true]) {
      for (const { id, code } of codes) {
        const given = await ask(gateway, query, { variables: { id } });
        expect([given.isHit, JSON.parse(given.body)]).toEqual([isHit, { data: { promoCode: { code } } }]);
      }
    }
  });

  it('gets 304 by GET if it has the answer, and never by POST', async () => {
    const { id } = await shop.createPromoCode();
    const { headers } = await ask(gateway, read(id));
    const etag = { 'if-none-match': headers.get('etag') ?? '' };
    expect(await ask(gateway, read(id), { headers: etag })).toMatchObject({ isHit: true, status: 304, body: '' });
    expect(await ask(gateway, read(id), { headers: { 'if-none-match': '"other"' } })).toMatchObject({ status: 200 });
    for (const isHit of [false, true]) {
      const given = await ask(gateway, read(id), { variables: {}, headers: { 'if-none-match': '*' } });
      expect(given).toMatchObject({ isHit, status: 200 });
    }
  });
});

describe('an answer is dropped', () => {
  it('by each write that changes it, of a code or of its coupon', async () => {
    const coupon = await shop.createCoupon({ maxRedemptions: 9 });
    const { id, code } = await shop.createPromoCode({ provider: 'STRIPE_CONNECT', couponId: coupon.id });
    const { redemption } = payloadOf(await shop.hold({ code }));
    const writes = [
      () => shop.redeem({ code }),
      () => shop.hold({ code }),
      () => shop.cancel(redemption.id),
      () => shop.redeemCoupon({ couponId: coupon.id, order: shop.newOrder() }),
    ];
    const shown = [];
    for (const write of writes) {
      expect(await isRemembered(read(id))).toBe(true);
      await write();
      const { isHit, body } = await ask(gateway, read(id));
      expect(isHit).toBe(false);
      shown.push(JSON.parse(body).data.promoCode.remaining);
    }
    expect(shown).toEqual([7, 6, 7, 6]);
  });

  it('when a date changes a status, and when a hold runs out', async () => {
    const { id, code } = await shop.createPromoCode({ startsAt: shop.inSeconds(10), expiresAt: shop.inSeconds(50) });
    const states = [];
    for (const seconds of [0, 10, 40]) {
      gateway.advance(seconds * 1000);
      if (seconds === 10) await shop.hold({ code, holdSeconds: 30 });
      states.push(JSON.parse((await ask(gateway, read(id))).body).data.promoCode);
      expect((await ask(gateway, read(id))).isHit).toBe(true);
    }
    expect(states).toMatchObject([
      { status: 'SCHEDULED', heldCount: 0 },
      { status: 'ACTIVE', heldCount: 1 },
      { status: 'EXPIRED', heldCount: 0 },
    ]);
  });

  it('when what it shows is not fresh any more', async () => {
    const { id } = await shop.createPromoCode();
    expect(await isRemembered(read(id))).toBe(true);
    gateway.advance(60_000);
    expect((await ask(gateway, read(id))).isHit).toBe(false);
  });

  it('when a code is created that it did not find', async () => {
    const query = '{ promoCodeByCode(code: "not-yet") { code } }';
    expect(await isRemembered(query)).toBe(true);
    const { code } = await shop.createPromoCode({ code: 'NOT-YET' });
    expect(JSON.parse((await ask(gateway, query)).body)).toEqual({ data: { promoCodeByCode: { code } } });
  });

  it('when its list gets another row', async () => {
    const query = '{ promoCodes(filter: { provider: DURO }, first: 1) { totalCount nodes { code } } }';
    const others = '{ promoCodes(filter: { provider: FLEXPRICE }, first: 1) { nodes { code } } }';
    expect(await isRemembered(query)).toBe(true);
    expect(await isRemembered(others)).toBe(true);
    const { code } = await shop.createPromoCode({ code: 'NEWEST' });
    const { isHit, body } = await ask(gateway, query);
    expect([isHit, JSON.parse(body).data.promoCodes.nodes]).toEqual([false, [{ code }]]);
    expect((await ask(gateway, others)).isHit).toBe(true);
  });
});

describe('no answer is remembered', () => {
  it('about a customer, about the state of a provider, or with the time of a read', async () => {
    const { id, code } = await shop.createPromoCode({ customerId: 'cus_1' });
    for (const fields of ['customerId', 'redemptions { nodes { id } }', 'freshness { asOf }']) {
      expect(await isRemembered(read(id, fields))).toBe(false);
    }
    expect(await isRemembered(`{ quotePromoCode(input: { code: "${code}" }) { __typename } }`)).toBe(false);
    expect(await isRemembered('{ providers { provider } }')).toBe(false);
    expect(await isRemembered('{ redemptions { totalCount } }')).toBe(false);
    expect(await isRemembered(read(id, 'freshness { stale }'))).toBe(true);
  });

  it('with an error, for the policy FRESH, or of a mutation', async () => {
    const { id } = await shop.createPromoCode();
    expect(await isRemembered('{ promoCode(id: "x") { unknown } }')).toBe(false);
    expect(await isRemembered(`{ promoCode(id: "${id}", policy: FRESH) { code } }`)).toBe(false);
    const calls = gateway.callsToProviders();
    expect(await isRemembered(`{ promoCode(id: "${id}", policy: CACHE_ONLY) { code } }`)).toBe(true);
    expect(gateway.callsToProviders()).toBe(calls);
  });

  it('that shows what another request has changed while it was executed', async () => {
    const { id, code } = await shop.createPromoCode();
    const unknown = promotionId({ kind: 'PromoCode', provider: 'DURO', account: 'default', providerId: 'unknown' });
    const query = `{ promoCode(id: "${id}") { redeemedCount } other: node(id: "${unknown}") { id } }`;
    const { isSent, answer } = delayAnswer(gateway.duro, { method: 'GET' });
    const executed = ask(gateway, query);
    await isSent;
    await shop.redeem({ code });
    // A look at the store, which drops the answers before.
    await ask(gateway, '{ __typename }');
    answer();
    const shown = [await executed, await ask(gateway, query)].map(({ isHit, body }) => [isHit, JSON.parse(body).data]);
    expect(shown).toEqual([
      [false, { promoCode: { redeemedCount: 0 }, other: null }],
      [false, { promoCode: { redeemedCount: 1 }, other: null }],
    ]);
    expect((await ask(gateway, query)).isHit).toBe(true);
  });

  it('while ANSWER_CACHE_BYTES is 0, or of a size above it', async () => {
    for (const bytes of ['0', '1200']) {
      const small = await freshGateway({ settings: { ANSWER_CACHE_BYTES: bytes } });
      for (let time = 0; time < 2; time += 1) expect((await ask(small, '{ __typename }')).isHit).toBe(false);
    }
  });
});
