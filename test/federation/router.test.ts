import type { IncomingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { payloadOf } from '../support/mutations.ts';
import { openShop } from '../support/shop.ts';
import { type RunningGateway, startGateway } from '../support/start-gateway.ts';
import { type Supergraph, startSupergraph } from './supergraph.ts';

let gateway: RunningGateway;
let supergraph: Supergraph;
let orders: Supergraph['orders'];
let ask: Supergraph['ask'];
const headersSeen: IncomingHttpHeaders[] = [];

beforeAll(async () => {
  gateway = await startGateway();
  gateway.onRequest((headers) => headersSeen.push(headers));
  supergraph = await startSupergraph(gateway);
  ({ orders, ask } = supergraph);
}, 120_000);
afterAll(async () => {
  await supergraph.stop();
  await gateway.stop();
});
beforeEach(() => {
  orders.splice(0);
  vi.restoreAllMocks();
});

async function createPromoCode(code: string): Promise<string> {
  return (await openShop(gateway).createPromoCode({ code })).id;
}

async function redeem(code: string, orderId: string): Promise<string> {
  return payloadOf(await openShop(gateway).redeem({ code, order: { id: orderId } })).redemption.id;
}

describe('the subgraph composes with another that has its own node, nodes and PageInfo', () => {
  it("with The Guild's composer", () => {
    expect(supergraph.composition.guild).toMatchObject({
      errors: [],
      supergraph: expect.stringContaining('join__type'),
    });
  });

  it("with Apollo's composer", () => {
    expect(supergraph.composition.apollo).toMatchObject({
      errors: [],
      supergraph: expect.stringContaining('join__type'),
    });
  });
});

describe('behind a router', () => {
  it('a query crosses both subgraphs, from an order to its promo code, its redemption and back to the code', async () => {
    const id = await createPromoCode('CROSS');
    orders.push({ id: 'order-1', total: 5, promoCode: { id }, redemption: { id: await redeem('CROSS', 'order-1') } });
    const { data, errors } = await ask(`{
      order(id: "order-1") {
        total
        promoCode { code status remaining }
        redemption { status orderId promotion { ... on PromoCode { code redeemedCount } } }
      }
      promoCodes(filter: { code: "cross" }) { totalCount pageInfo { hasNextPage } }
      orders { pageInfo { hasNextPage } }
    }`);
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      order: {
        total: 5,
        promoCode: { code: 'CROSS', status: 'ACTIVE', remaining: null },
        redemption: { status: 'REDEEMED', orderId: 'order-1', promotion: { code: 'CROSS', redeemedCount: 1 } },
      },
      promoCodes: { totalCount: 1, pageInfo: { hasNextPage: false } },
      orders: { pageInfo: { hasNextPage: false } },
    });
  });

  it('many entities take one request to the gateway and one store read per type', async () => {
    for (let number = 0; number < 20; number += 1) {
      const id = await createPromoCode(`MANY-${number}`);
      const redemption = { id: await redeem(`MANY-${number}`, `many-${number}`) };
      orders.push({ id: `many-${number}`, total: number, promoCode: { id }, redemption });
    }
    const { promotions, redemptions } = gateway.gateway.store;
    const reads = [vi.spyOn(promotions, 'getMany'), vi.spyOn(redemptions, 'getMany')];
    const byOne = [vi.spyOn(promotions, 'get'), vi.spyOn(redemptions, 'get')];
    headersSeen.splice(0);
    const { data } = await ask('{ orders { nodes { promoCode { code } redemption { orderId } } } }');
    expect(data.orders.nodes).toHaveLength(20);
    expect(data.orders.nodes[19]).toEqual({ promoCode: { code: 'MANY-19' }, redemption: { orderId: 'many-19' } });
    expect(reads.map((read) => read.mock.calls.map(([ids]) => ids.length))).toEqual([[20], [20]]);
    expect(byOne.map((read) => read.mock.calls.length)).toEqual([0, 0]);
    expect(headersSeen).toHaveLength(1);
  });

  it('an id that is unknown, malformed or of another type is null alone', async () => {
    const id = await createPromoCode('KNOWN');
    const unknown = Buffer.from('PromoCode:DURO:default:nowhere').toString('base64url');
    for (const promoCode of [{ id }, { id: unknown }, { id: 'garbage' }, { id: '' }]) {
      orders.push({ id: `order-${orders.length}`, total: 1, promoCode, coupon: { id } });
    }
    // The router adds an error of its own for the fields that must not be null, so only `data` is compared.
    const { data } = await ask('{ orders { nodes { promoCode { code } coupon { provider } } } }');
    const nothing = { promoCode: null, coupon: null };
    expect(data.orders.nodes).toEqual([{ promoCode: { code: 'KNOWN' }, coupon: null }, nothing, nothing, nothing]);
  });

  it('the credential and the address of the client reach the gateway', async () => {
    headersSeen.splice(0);
    const authorization = 'Bearer of-the-client';
    await ask('{ providers { provider } }', { authorization });
    await ask('{ providers { provider } }', { authorization, 'x-forwarded-for': '203.0.113.7' });
    expect(headersSeen).toMatchObject([
      { authorization, 'x-forwarded-for': '127.0.0.1' },
      { authorization, 'x-forwarded-for': '203.0.113.7, 127.0.0.1' },
    ]);
  });

  it('a provider failure and a refusal arrive as data', async () => {
    gateway.duro.fail({ kind: 'answer', status: 503, body: {}, method: 'POST' });
    const { data, errors } = await ask(`mutation {
      createPromoCode(input: { provider: DURO, code: "DOWN", discount: { percentage: "10" } }) {
        __typename ... on PromotionProviderError { provider kind retryable }
      }
      redeemPromoCode(input: { code: "NOWHERE", idempotencyKey: "none" }) {
        __typename ... on RedemptionRefusedError { reason }
      }
    }`);
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      createPromoCode: { __typename: 'PromotionProviderError', provider: 'DURO', kind: 'UNAVAILABLE', retryable: true },
      redeemPromoCode: { __typename: 'RedemptionRefusedError', reason: 'NOT_FOUND' },
    });
  });
});
