import Sqlite from 'better-sqlite3';
import { beforeEach, describe, expect, it } from 'vitest';
import { createFile } from '../../store/test-stores.ts';
import { makeKeys } from '../../support/credentials/keys.ts';
import { freshGateway } from '../../support/gateways.ts';
import { openShop } from '../../support/shop.ts';
import type { RunningGateway } from '../../support/start-gateway.ts';
import { type Subscriber, subscribe, untilListeners } from './subscriber.ts';

const keys = makeKeys({ shop: 'read+redeem+manage+operate', other: 'read', third: 'read' });
const ORDERS = 'subscription { redemptionChanged { orderId } }';
const REFUSED = {
  errors: [{ message: expect.any(String), extensions: { code: 'TOO_MANY_SUBSCRIPTIONS', retryable: true } }],
};

let gateway: RunningGateway;
beforeEach(async () => {
  gateway = await freshGateway({
    store: createFile,
    settings: { ...keys.settings, MAX_SUBSCRIPTIONS: '2', MAX_SUBSCRIPTIONS_PER_CALLER: '1' },
  });
});

const listen = (name: Parameters<typeof keys.of>[0], query = ORDERS) =>
  subscribe(gateway.url, query, { headers: keys.of(name) });
const untilFree = () => untilListeners(gateway.url, 0, keys.of('shop'));

async function expectRefused({ status, headers, next }: Subscriber): Promise<void> {
  expect([status, headers['retry-after'], await next()]).toEqual([429, '10', REFUSED]);
}

it('the open subscriptions of one caller, and of all callers together, are limited', async () => {
  const first = await listen('shop');
  await expectRefused(await listen('shop'));
  await listen('other');
  await expectRefused(await listen('third'));
  first.leave();
  await untilListeners(gateway.url, 1, keys.of('shop'));
  expect((await listen('third')).status).toBe(200);
});

describe('a subscription slot is released', () => {
  it('when its client disconnects, even if nothing changes', async () => {
    const subscriber = await listen('shop');
    await untilListeners(gateway.url, 1, keys.of('shop'));
    subscriber.leave();
    await untilFree();
  });

  it.each([
    ['its input is not valid', 200, 'subscription ($id: ID!) { promoCodeChanged(id: $id) { id } }', {}],
    ['its client takes no events', 406, ORDERS, { accept: 'application/json' }],
  ])('when the subscription is rejected: %s', async (_, status, query, headers) => {
    const refused = await subscribe(gateway.url, query, { headers: { ...keys.of('shop'), ...headers } });
    expect(refused.status).toBe(status);
    await untilFree();
    expect((await listen('shop')).status).toBe(200);
  });

  it('when the subscription fails', async () => {
    const { id } = await openShop(gateway, keys.of('shop')).createPromoCode();
    const subscriber = await listen('shop');
    const sqlite = new Sqlite(gateway.variables.DATABASE_URL);
    sqlite.exec('ALTER TABLE redemptions RENAME TO out_of_reach');
    sqlite.prepare("INSERT INTO changes (promotion_id, ledger_id) VALUES (?, 'use')").run(id);
    expect(await subscriber.next()).toMatchObject({ errors: [{ message: 'Unexpected error.' }] });
    expect(await subscriber.next()).toBe('complete');
    sqlite.exec('ALTER TABLE out_of_reach RENAME TO redemptions');
    sqlite.close();
    await untilFree();
  });

  it('when the gateway stops', async () => {
    const subscriber = await listen('shop');
    gateway.gateway.changeFeed.close();
    expect(await subscriber.next()).toBeUndefined();
    await untilFree();
    expect(await (await listen('shop')).next()).toBeUndefined();
  });
});

it('a subscription has a lower cost limit than a query, because it is executed for each event', async () => {
  const selection = (first: number) => `redemptions(first: ${first}) { nodes { id } }`;
  const { status, next } = await listen(
    'shop',
    `subscription { redemptionChanged { promotion { ${selection(100)} } } }`,
  );
  expect([status, await next()]).toMatchObject([
    400,
    { errors: [{ extensions: { code: 'OPERATION_TOO_EXPENSIVE' } }] },
  ]);
  await gateway.run(`{ promoCode(id: "") { ${selection(100)} } }`, undefined, keys.of('shop'));
  const cheaper = await listen('shop', `subscription { redemptionChanged { promotion { ${selection(90)} } } }`);
  expect(cheaper.status).toBe(200);
});

describe('the memory of an open subscription', () => {
  const page = (after: string) =>
    `redemptionChanged { promotion { redemptions(first: 1, after: ${after}) { nodes { id } } } }`;

  it('counts the text of its operation', async () => {
    await expectRefused(await listen('shop', `subscription { ${page(`"${'c'.repeat(900)}"`)} }`));
    expect((await listen('shop')).status).toBe(200);
  });

  it('counts its variables', async () => {
    const query = `subscription ($after: String) { ${page('$after')} }`;
    const variables = { after: 'c'.repeat(9000) };
    await expectRefused(await subscribe(gateway.url, query, { variables, headers: keys.of('shop') }));
  });

  it('does not count comments, undeclared variables and other operations of the request', async () => {
    const other = `query other { ${'__typename '.repeat(900)} }`;
    const query = `${ORDERS.replace('subscription', 'subscription orders')} ${'#\n'.repeat(5000)} ${other}`;
    const sent = { query, operationName: 'orders', variables: { filling: 'x'.repeat(50_000) } };
    const answer = await fetch(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...keys.of('shop') },
      body: JSON.stringify(sent),
    });
    expect(answer.status).toBe(200);
    await answer.body?.cancel();
  });
});

it.each([
  'subscription { redemptionChanged @skip(if: true) { id } }',
  'subscription { ... @include(if: false) { redemptionChanged { id } } }',
  'subscription { ...Root } fragment Root on Subscription { ... { redemptionChanged @skip(if: true) { id } } }',
  'subscription { __typename }',
  'subscription { ... @defer { redemptionChanged { id } } }',
])('without anything to subscribe to, it is not valid: %s', async (query) => {
  const refused = await listen('shop', query);
  expect(await refused.next()).toMatchObject({ errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] });
  expect(gateway.logged).not.toContainEqual(expect.arrayContaining(['A bug was masked']));
});
