import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { makeKeys } from '../support/credentials/keys.ts';
import { payloadOf } from '../support/mutations.ts';
import { type Subgraph, serveSubgraph } from '../support/orders-subgraph.ts';
import { openShop } from '../support/shop.ts';
import { type RunningGateway, startGateway } from '../support/start-gateway.ts';
import { blockWith, folderWith } from './page.ts';
import { startRouter } from './supergraph.ts';

/* The subgraph of orders that docs/federation.md shows, as a reader would run it. */

const keys = makeKeys({ owner: 'read+manage+redeem', orders: 'quote' });
const total = { minorUnits: 100_00, currency: 'NGN' };

let gateway: RunningGateway;
let subgraph: Subgraph;
let router: Awaited<ReturnType<typeof startRouter>>;
const orders = new Map<string, object>();
let requests = 0;

beforeAll(async () => {
  gateway = await startGateway({ settings: keys.settings });
  vi.stubEnv('GATEWAY_URL', gateway.url);
  vi.stubEnv('GATEWAY_KEY', keys.of('orders').authorization.replace('Bearer ', ''));
  using folder = folderWith({ 'order.mjs': blockWith('js', 'export const Order') });
  const { Order } = await import(join(folder.path, 'order.mjs'));
  vi.unstubAllEnvs();
  const order = (_: unknown, { id }: { id: string }) => orders.get(id) ?? null;
  subgraph = await serveSubgraph(blockWith('graphqls', 'type Order'), { Query: { order }, Order });
  router = await startRouter(gateway, subgraph, { headers: keys.of('owner') });
  gateway.onRequest(() => {
    requests += 1;
  });
}, 120_000);
afterAll(async () => {
  await router.stop();
  await subgraph.close();
  await gateway.stop();
});
beforeEach(() => {
  orders.clear();
});

const owner = () => openShop(gateway, keys.of('owner'));
const ask = (fields: string, caller: 'owner' | 'orders' = 'owner') =>
  router.ask(`{ order(id: "order") { ${fields} } }`, keys.of(caller));

it('composes with both composers', () => {
  for (const composer of [router.composition.guild, router.composition.apollo]) {
    expect(composer).toMatchObject({ errors: [], supergraph: expect.stringContaining('join__type') });
  }
});

it('an order shows its code without a request to the gateway, and its status with one', async () => {
  const { id, code } = await owner().createPromoCode({ code: 'OWN-TEXT' });
  orders.set('order', { id: 'order', total, promoCode: { id, code } });
  requests = 0;
  expect(await ask('promoCode { id code }')).toEqual({ data: { order: { promoCode: { id, code } } } });
  expect(requests).toBe(0);
  const shown = { data: { order: { promoCode: { code, status: 'ACTIVE' } } } };
  expect(await ask('promoCode { code status }')).toEqual(shown);
  expect(requests).toBe(1);
});

it('a caller that may only quote sees the code of an order with its status', async () => {
  const { id, code } = await owner().createPromoCode({ code: 'QUOTE-ONLY' });
  orders.set('order', { id: 'order', total, promoCode: { id, code } });
  const shown = { data: { order: { promoCode: { code, status: 'ACTIVE' } } } };
  expect(await ask('promoCode { code status }', 'orders')).toEqual(shown);
});

it('an order shows the redemption that the gateway returned for it', async () => {
  const { code } = await owner().createPromoCode({ code: 'REDEEMED' });
  const { redemption } = payloadOf(await owner().redeem({ code, order: { id: 'order', amount: total } }));
  orders.set('order', { id: 'order', total, redemption: { id: redemption.id } });
  expect(await ask('redemption { id orderId discountAmount { minorUnits } }')).toEqual({
    data: { order: { redemption: { id: redemption.id, orderId: 'order', discountAmount: { minorUnits: 10_00 } } } },
  });
});

it('an order shows what its code would do now, in money of the gateway', async () => {
  const { id, code, provider, account } = await owner().createPromoCode({ code: 'QUOTED', customerId: 'anna' });
  // The same text in another account.
  await owner().createPromoCode({ code, provider: 'FLEXPRICE', customerId: null });
  orders.set('order', { id: 'order', total, customerId: 'anna', promoCode: { id, code, provider, account } });
  const fields = 'quote { eligible message discountAmount { minorUnits currency amount } payableAmount { amount } }';
  expect(await ask(fields)).toEqual({
    data: {
      order: {
        quote: {
          eligible: true,
          message: null,
          discountAmount: { minorUnits: 10_00, currency: 'NGN', amount: '10.00' },
          payableAmount: { amount: '90.00' },
        },
      },
    },
  });
  await owner().update({ id, active: false });
  expect(await ask(fields)).toEqual({
    data: {
      order: { quote: { eligible: false, message: expect.any(String), discountAmount: null, payableAmount: null } },
    },
  });
});
