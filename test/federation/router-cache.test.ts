import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MIN_COMPRESSED_BYTES } from '../../src/http/responses/compression.ts';
import { openShop } from '../support/shop.ts';
import { type RunningGateway, startGateway } from '../support/start-gateway.ts';
import { type Supergraph, startSupergraph } from './supergraph.ts';

/*
 * The caches of Hive Gateway, as a router in front of the gateway. Apollo Router's cache cannot run here: the router is
 * a binary that no package registry of ours has. test/graphql/federation tests what it reads.
 */

const QUERY = '{ order(id: "order") { promoCode { redeemedCount } } }';
const MAX_AGE_MS = 60_000;

let gateway: RunningGateway;
let supergraph: Supergraph;
let requests = 0;
let code: string;

async function start(settings: Record<string, string>, keepsComposed = false): Promise<void> {
  gateway = await startGateway({ settings });
  supergraph = await startSupergraph(gateway, { keepsComposed });
  gateway.onRequest(() => {
    requests += 1;
  });
}

async function stop(): Promise<void> {
  await supergraph.stop();
  await gateway.stop();
}

/** Replaces the promo code of the order with one that the router does not know. */
async function orderWithNewPromoCode(): Promise<void> {
  const promoCode = await openShop(gateway).createPromoCode();
  code = promoCode.code;
  supergraph.orders.splice(0, 1, { id: 'order', total: 1, promoCode: { id: promoCode.id } });
  requests = 0;
}

/** Moves the clocks of the gateway and of the router. */
async function advance(milliseconds: number): Promise<void> {
  gateway.advance(milliseconds);
  await supergraph.advance(milliseconds);
}

const shown = (redeemedCount: number) => ({ data: { order: { promoCode: { redeemedCount } } } });

describe('with SHARED_CACHES', () => {
  beforeAll(() => start({ SHARED_CACHES: '1' }), 120_000);
  beforeEach(orderWithNewPromoCode);
  afterAll(stop);

  it('a router answers a repeated query for an entity itself, until the stated lifetime is over', async () => {
    expect(await supergraph.ask(QUERY)).toEqual(shown(0));
    expect(requests).toBe(1);
    await openShop(gateway).redeem({ code });
    requests = 0;
    await advance(MAX_AGE_MS - 1000);
    expect(await supergraph.ask(QUERY)).toEqual(shown(0));
    expect(requests).toBe(0);
    await advance(1000);
    expect(await supergraph.ask(QUERY)).toEqual(shown(1));
    expect(requests).toBe(1);
  });

  it('a router also keeps a large answer, which comes compressed', async () => {
    const promoCodes = await Promise.all(Array.from({ length: 30 }, () => openShop(gateway).createPromoCode()));
    const orders = promoCodes.map(({ id }, number) => ({ id: `large-${number}`, total: 1, promoCode: { id } }));
    supergraph.orders.splice(0, 1, ...orders);
    requests = 0;
    const query = '{ orders { nodes { promoCode { id code status createdAt provider account providerId } } } }';
    for (let count = 0; count < 2; count += 1) {
      const { data } = await supergraph.ask(query);
      const codes = data.orders.nodes.map(({ promoCode }: { promoCode: { code: string } }) => promoCode.code);
      expect(codes).toEqual(promoCodes.map((promoCode) => promoCode.code));
      expect(JSON.stringify(data).length).toBeGreaterThan(MIN_COMPRESSED_BYTES);
      expect(requests).toBe(1);
    }
  });

  it('a router keeps the answers to different credentials apart', async () => {
    await supergraph.ask(QUERY, { authorization: 'Bearer one' });
    await supergraph.ask(QUERY, { authorization: 'Bearer one' });
    expect(requests).toBe(1);
    await supergraph.ask(QUERY, { authorization: 'Bearer two' });
    expect(requests).toBe(2);
  });

  it('a router asks each time for what concerns a customer', async () => {
    for (const count of [1, 2]) {
      await supergraph.ask('{ order(id: "order") { promoCode { redemptions { totalCount } } } }');
      expect(requests).toBe(count);
    }
  });
});

describe('without SHARED_CACHES', () => {
  beforeAll(() => start({}), 120_000);
  beforeEach(orderWithNewPromoCode);
  afterAll(stop);

  it('a router asks each time, because the answer is for one caller', async () => {
    for (const count of [1, 2]) {
      expect(await supergraph.ask(QUERY)).toEqual(shown(0));
      expect(requests).toBe(count);
    }
  });
});

describe('with responseCaching', () => {
  beforeAll(() => start({}, true), 120_000);
  beforeEach(orderWithNewPromoCode);
  afterAll(stop);

  it('a router keeps what it has composed as long as the gateway says', async () => {
    const keeps = (milliseconds: number) => ({ responseCache: { hit: false, didCache: true, ttl: milliseconds } });
    expect(await supergraph.ask(QUERY)).toMatchObject({ ...shown(0), extensions: keeps(MAX_AGE_MS) });
    expect(await supergraph.ask(QUERY)).toMatchObject({ ...shown(0), extensions: { responseCache: { hit: true } } });
    expect(requests).toBe(1);
    gateway.advance(15_000);
    const other = `query Other ${QUERY}`;
    expect(await supergraph.ask(other)).toMatchObject({ ...shown(0), extensions: keeps(MAX_AGE_MS - 15_000) });
  });

  it.each([
    ['a quote', () => `{ quotePromoCode(input: { code: "${code}" }) { __typename } }`],
    ['what concerns a customer', () => '{ order(id: "order") { promoCode { redemptions { totalCount } } } }'],
    ['a list', () => '{ promoCodes { totalCount } }'],
  ])('a router asks each time for %s', async (_, query) => {
    for (const count of [1, 2]) {
      expect(await supergraph.ask(query())).toMatchObject({
        data: expect.anything(),
        extensions: { responseCache: { hit: false, didCache: false } },
      });
      expect(requests).toBe(count);
    }
  });
});
