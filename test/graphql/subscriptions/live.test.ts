import { setImmediate } from 'node:timers/promises';
import { type Client, createClient } from 'graphql-sse';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { freshGateway } from '../../support/gateways.ts';
import { type GatewayProcess, startProcess } from '../../support/processes/gateway-process.ts';
import { openShop, type Shop } from '../../support/shop.ts';
import type { Json, RunningGateway } from '../../support/start-gateway.ts';

let gateway: RunningGateway;
let shop: Shop;
const clients: Client[] = [];
const processes: GatewayProcess[] = [];
beforeEach(async () => {
  gateway = await freshGateway();
  shop = openShop(gateway);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.dispose();
  for (const process of processes.splice(0)) await process.end('SIGKILL');
});

/** A client of server-sent events that reconnects. Each subscription has its own connection. */
function subscribe(query: string, url = gateway.url) {
  const connections: boolean[] = [];
  const again = Promise.withResolvers<string>();
  const client = createClient({
    url,
    retryAttempts: 100,
    retry: async () => again.resolve('again'),
    on: { connected: (isAgain) => connections.push(isAgain) },
  });
  clients.push(client);
  return { events: client.iterate<Json>({ query }), connections, retries: { first: again.promise } };
}

async function next(events: AsyncIterator<{ data?: Json }>): Promise<Json> {
  const { value, done } = await events.next();
  return done ? 'the end' : value.data;
}

/** Waits until a condition is true. Other work continues meanwhile. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await setImmediate();
}

const REDEMPTION = 'status promotion { redeemedCount remaining }';

it('each event shows the state after its change', async () => {
  const { id } = await shop.createPromoCode({ code: 'LIVE', maxRedemptions: 5 });
  const { events, connections } = subscribe(
    `subscription { redemptionChanged(promotionId: "${id}") { ${REDEMPTION} } }`,
  );
  const first = next(events);
  await until(() => connections.length > 0);
  await shop.redeem({ code: 'LIVE' });
  expect(await first).toEqual({
    redemptionChanged: { status: 'REDEEMED', promotion: { redeemedCount: 1, remaining: 4 } },
  });
  await shop.redeem({ code: 'LIVE' });
  expect(await next(events)).toEqual({
    redemptionChanged: { status: 'REDEEMED', promotion: { redeemedCount: 2, remaining: 3 } },
  });
});

it('promoCodeChanged fires when the code is redeemed, switched off or expires', async () => {
  const expiresAt = shop.inSeconds(60);
  const { id } = await shop.createPromoCode({ code: 'TOLD', maxRedemptions: 5, expiresAt });
  const { events, connections } = subscribe(`subscription { promoCodeChanged(id: "${id}") { status remaining } }`);
  const used = next(events);
  await until(() => connections.length > 0);
  await shop.redeem({ code: 'TOLD' });
  expect(await used).toEqual({ promoCodeChanged: { status: 'ACTIVE', remaining: 4 } });
  await shop.update({ id, active: false });
  expect(await next(events)).toEqual({ promoCodeChanged: { status: 'INACTIVE', remaining: 4 } });
  gateway.advance(60_000);
  while (!(await gateway.gateway.store.statuses.update(gateway.now())));
  expect(await next(events)).toEqual({ promoCodeChanged: { status: 'EXPIRED', remaining: 4 } });
});

it('redeeming one code of a coupon is a change of its other codes, which have less remaining', async () => {
  const { id: couponId } = await shop.createCoupon({ maxRedemptions: 9 });
  await shop.createPromoCode({ provider: 'STRIPE_CONNECT', code: 'ONE', couponId });
  const other = await shop.createPromoCode({ provider: 'STRIPE_CONNECT', code: 'OTHER', couponId });
  const { events, connections } = subscribe(`subscription { promoCodeChanged(id: "${other.id}") { code remaining } }`);
  const change = next(events);
  await until(() => connections.length > 0);
  await shop.redeem({ code: 'ONE' });
  expect(await change).toEqual({ promoCodeChanged: { code: 'OTHER', remaining: 8 } });
});

it('changes by another process on the same store are delivered', async () => {
  const { id } = await shop.createPromoCode({ code: 'SHARED' });
  const other = await startProcess(gateway.variables);
  processes.push(other);
  const { events, connections } = subscribe(`subscription { redemptionChanged(promotionId: "${id}") { status } }`);
  const change = next(events);
  await until(() => connections.length > 0);
  await openShop({ ...gateway, run: other.run }).redeem({ code: 'SHARED' });
  expect(await change).toEqual({ redemptionChanged: { status: 'REDEEMED' } });
});

it('a client that is disconnected reconnects and gets later events', async () => {
  const { id } = await shop.createPromoCode({ code: 'AGAIN' });
  const { events, connections } = subscribe(
    `subscription { redemptionChanged(promotionId: "${id}") { ${REDEMPTION} } }`,
  );
  for (let cut = 1; cut <= 3; cut += 1) {
    const change = next(events);
    await until(() => connections.length === cut);
    await shop.redeem({ code: 'AGAIN' });
    expect(await change).toMatchObject({ redemptionChanged: { promotion: { redeemedCount: cut } } });
    gateway.cutConnections();
  }
  expect(connections).toEqual([false, true, true]);
});

it('on SIGTERM the connection of a subscription ends, so that its client connects again, and the process exits', async () => {
  const leaving = await startProcess(gateway.variables);
  processes.push(leaving);
  const { events, connections, retries } = subscribe('subscription { redemptionChanged { status } }', leaving.url);
  const end = next(events);
  await until(() => connections.length > 0);
  const exit = leaving.end('SIGTERM');
  expect(await Promise.race([retries.first, end])).toBe('again');
  expect(await exit).toBe(0);
  await expect(end).rejects.toThrow();
});

it('over server-sent events a query result is one event, followed by a completion event', async () => {
  const answer = await fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: '{ __typename }' }),
  });
  expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
  const events = (await answer.text()).replace(/^:.*\n\n/gm, '');
  expect(events).toBe('event: next\ndata: {"data":{"__typename":"Query"}}\n\nevent: complete\ndata:\n\n');
});
