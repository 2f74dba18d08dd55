import { beforeEach, expect, it } from 'vitest';
import { makeKeys } from '../../support/credentials/keys.ts';
import { freshGateway } from '../../support/gateways.ts';
import { openShop, type Shop } from '../../support/shop.ts';
import type { RunningGateway } from '../../support/start-gateway.ts';
import { metric, subscribe, untilListeners } from './subscriber.ts';

const keys = makeKeys({
  all: 'read+redeem+manage+operate',
  reader: 'read',
  'other-reader': 'read',
  'quoting-reader': 'read+quote',
  bound: 'read:STRIPE_CONNECT/acct_one',
});
let gateway: RunningGateway;
let shop: Shop;
beforeEach(async () => {
  gateway = await freshGateway({ settings: keys.settings });
  shop = openShop(gateway, keys.of('all'));
});

const listen = (name: Parameters<typeof keys.of>[0], query: string, variables?: Record<string, unknown>) =>
  subscribe(gateway.url, query, { headers: keys.of(name), variables });
const executions = () => metric(gateway.url, 'promo_gateway_subscription_executions_total', keys.of('all'));
const distinct = () => metric(gateway.url, 'promo_gateway_distinct_subscriptions', keys.of('all'));
const orderOf = (id: string) => ({ data: { redemptionChanged: { orderId: id } } });
const ORDERS = 'subscription { redemptionChanged { orderId } }';

it('equal subscriptions are executed once for each change, and every client gets the event', async () => {
  const { id } = await shop.createPromoCode({ code: 'SHARED' });
  const subscribers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0
        ? listen('reader', 'subscription ($of: ID) { redemptionChanged(promotionId: $of) { orderId } }', { of: id })
        : listen(
            'other-reader',
            'subscription ($of: ID) { # spelled otherwise\n redemptionChanged(promotionId: $of) {\n orderId } }',
            { of: id, unused: index },
          ),
    ),
  );
  expect(await distinct()).toBe(1);
  for (const order of ['first', 'second']) {
    await shop.redeem({ code: 'SHARED', order: { id: order } });
    const events = await Promise.all(subscribers.map((one) => one.next()));
    expect(events).toEqual(subscribers.map(() => orderOf(order)));
  }
  expect(await executions()).toBe(2);
});

it('callers with different access do not share a subscription', async () => {
  const names = ['reader', 'other-reader', 'quoting-reader', 'bound'] as const;
  const [reader, , , bound] = await Promise.all(names.map((name) => listen(name, ORDERS)));
  expect(await distinct()).toBe(3);
  await shop.createPromoCode({ code: 'DURO' });
  await shop.createPromoCode({ code: 'THEIRS', provider: 'STRIPE_CONNECT', account: 'acct_one', maxRedemptions: 9 });
  await shop.redeem({ code: 'DURO', order: { id: 'at Duro' } });
  await shop.redeem({ code: 'THEIRS', order: { id: 'at acct_one' } });
  expect([await reader?.next(), await reader?.next()]).toEqual([orderOf('at Duro'), orderOf('at acct_one')]);
  expect(await bound?.next()).toEqual(orderOf('at acct_one'));
});

it('subscriptions with other variables or another selection are not shared', async () => {
  const query = 'subscription ($of: ID) { redemptionChanged(promotionId: $of) { orderId } }';
  await listen('reader', query, { of: 'one' });
  await listen('reader', query, { of: 'two' });
  await listen('reader', query.replace('orderId', 'id'), { of: 'two' });
  expect(await distinct()).toBe(3);
});

it('a client that joins a shared subscription gets later changes, and a client that leaves ends no other', async () => {
  await shop.createPromoCode({ code: 'JOINED' });
  const first = await listen('reader', ORDERS);
  await shop.redeem({ code: 'JOINED', order: { id: 'before' } });
  const second = await listen('reader', ORDERS);
  await shop.redeem({ code: 'JOINED', order: { id: 'after' } });
  expect([await first.next(), await first.next()]).toEqual([orderOf('before'), orderOf('after')]);
  expect(await second.next()).toEqual(orderOf('after'));
  first.leave();
  await untilListeners(gateway.url, 1, keys.of('all'));
  await shop.redeem({ code: 'JOINED', order: { id: 'alone' } });
  expect(await second.next()).toEqual(orderOf('alone'));
});

it('a change does not execute subscriptions to other promo codes', async () => {
  const quiet = await shop.createPromoCode({ code: 'QUIET' });
  await shop.createPromoCode({ code: 'BUSY', maxRedemptions: 9 });
  for (const selection of ['id', 'code', 'status']) {
    await listen('reader', `subscription { promoCodeChanged(id: "${quiet.id}") { ${selection} } }`);
  }
  const busy = await listen('reader', ORDERS);
  await shop.redeem({ code: 'BUSY', order: { id: 'busy' } });
  expect(await busy.next()).toEqual(orderOf('busy'));
  expect(await executions()).toBe(1);
});
