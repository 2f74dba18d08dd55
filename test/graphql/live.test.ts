import { setImmediate } from 'node:timers/promises';
import { type Client, createClient } from 'graphql-sse';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type GatewayProcess, startProcess } from '../support/gateway-process.ts';
import { type Json, type RunningGateway, startGateway } from '../support/start-gateway.ts';

let gateway: RunningGateway;
const clients: Client[] = [];
const processes: GatewayProcess[] = [];
beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.dispose();
  await gateway.stop();
  for (const process of processes.splice(0)) await process.end('SIGKILL');
});

/** A client of server-sent events, each subscription on a connection of its own, that comes back when it is cut off. */
function subscribe(query: string, url = gateway.url) {
  const connections: boolean[] = [];
  const client = createClient({
    url,
    retryAttempts: 100,
    retry: async () => {},
    on: { connected: (isAgain) => connections.push(isAgain) },
  });
  clients.push(client);
  return { events: client.iterate<Json>({ query }), connections };
}

async function next(events: AsyncIterator<{ data?: Json }>): Promise<Json> {
  const { value, done } = await events.next();
  return done ? 'the end' : value.data;
}

/** Waits until something has come true, while everything else goes on. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await setImmediate();
}

async function createPromoCode(input: Record<string, unknown>): Promise<string> {
  const query = `mutation ($input: CreatePromoCodeInput!) {
    createPromoCode(input: $input) { ... on CreatePromoCodePayload { promoCode { id } } }
  }`;
  const { createPromoCode } = await gateway.run(query, { input: { discount: { percentage: '25' }, ...input } });
  return createPromoCode.promoCode.id;
}

let orders = 0;
const redeem = (code: string, run = gateway.run) => {
  orders += 1;
  return run(
    `mutation { redeemPromoCode(input: { code: "${code}", idempotencyKey: "live-${orders}" }) { __typename } }`,
  );
};
const REDEMPTION = 'status promotion { redeemedCount remaining }';

it('each event shows what is so then', async () => {
  const id = await createPromoCode({ provider: 'DURO', code: 'LIVE', maxRedemptions: 5 });
  const { events, connections } = subscribe(
    `subscription { redemptionChanged(promotionId: "${id}") { ${REDEMPTION} } }`,
  );
  const first = next(events);
  await until(() => connections.length > 0);
  await redeem('LIVE');
  expect(await first).toEqual({
    redemptionChanged: { status: 'REDEEMED', promotion: { redeemedCount: 1, remaining: 4 } },
  });
  await redeem('LIVE');
  expect(await next(events)).toEqual({
    redemptionChanged: { status: 'REDEEMED', promotion: { redeemedCount: 2, remaining: 3 } },
  });
});

it('a promo code is told of when it is used, switched off, or comes to its end', async () => {
  const expiresAt = new Date(gateway.now() + 60_000).toISOString();
  const id = await createPromoCode({ provider: 'DURO', code: 'TOLD', maxRedemptions: 5, expiresAt });
  const { events, connections } = subscribe(`subscription { promoCodeChanged(id: "${id}") { status remaining } }`);
  const used = next(events);
  await until(() => connections.length > 0);
  await redeem('TOLD');
  expect(await used).toEqual({ promoCodeChanged: { status: 'ACTIVE', remaining: 4 } });
  await gateway.run(`mutation { updatePromoCode(input: { id: "${id}", active: false }) { __typename } }`);
  expect(await next(events)).toEqual({ promoCodeChanged: { status: 'INACTIVE', remaining: 4 } });
  gateway.advance(60_000);
  while (!gateway.gateway.store.statuses.update(gateway.now()));
  expect(await next(events)).toEqual({ promoCodeChanged: { status: 'EXPIRED', remaining: 4 } });
});

it('a use of one code of a coupon is a change of its other codes, of which less is left', async () => {
  const { createCoupon } = await gateway.run(
    `mutation { createCoupon(input: { provider: STRIPE_CONNECT, name: "Both", discount: { percentage: "10" }, maxRedemptions: 9 })
      { ... on CreateCouponPayload { coupon { id } } } }`,
  );
  const couponId = createCoupon.coupon.id;
  const make = (code: string) => createPromoCode({ provider: 'STRIPE_CONNECT', code, couponId, discount: undefined });
  await make('ONE');
  const other = await make('OTHER');
  const { events, connections } = subscribe(`subscription { promoCodeChanged(id: "${other}") { code remaining } }`);
  const change = next(events);
  await until(() => connections.length > 0);
  await redeem('ONE');
  expect(await change).toEqual({ promoCodeChanged: { code: 'OTHER', remaining: 8 } });
});

it('what another process on the same store does is told', async () => {
  const id = await createPromoCode({ provider: 'DURO', code: 'SHARED' });
  const other = await startProcess(gateway.variables);
  processes.push(other);
  const { events, connections } = subscribe(`subscription { redemptionChanged(promotionId: "${id}") { status } }`);
  const change = next(events);
  await until(() => connections.length > 0);
  await redeem('SHARED', async (query) => (await other.send(query)).data);
  expect(await change).toEqual({ redemptionChanged: { status: 'REDEEMED' } });
});

it('a client that is cut off comes back and is told of what follows', async () => {
  const id = await createPromoCode({ provider: 'DURO', code: 'AGAIN' });
  const { events, connections } = subscribe(
    `subscription { redemptionChanged(promotionId: "${id}") { ${REDEMPTION} } }`,
  );
  for (let cut = 1; cut <= 3; cut += 1) {
    const change = next(events);
    await until(() => connections.length === cut);
    await redeem('AGAIN');
    expect(await change).toMatchObject({ redemptionChanged: { promotion: { redeemedCount: cut } } });
    gateway.cutConnections();
  }
  expect(connections).toEqual([false, true, true]);
});

it('a subscription is completed, and the process ends by itself, when it is told to stop', async () => {
  const leaving = await startProcess(gateway.variables);
  processes.push(leaving);
  const { events, connections } = subscribe('subscription { redemptionChanged { status } }', leaving.url);
  const end = next(events);
  await until(() => connections.length > 0);
  const exit = leaving.end('SIGTERM');
  expect(await end).toBe('the end');
  expect(await exit).toBe(0);
});

it('over server-sent events an answer is an event, and its end another', async () => {
  const answer = await fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: '{ __typename }' }),
  });
  expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const events = (await answer.text()).replace(/^:.*\n\n/gm, '');
  expect(events).toBe('event: next\ndata: {"data":{"__typename":"Query"}}\n\nevent: complete\ndata:\n\n');
});
