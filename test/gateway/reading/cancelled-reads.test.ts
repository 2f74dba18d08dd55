import { afterEach, expect, it } from 'vitest';
import { openShop } from '../../support/shop.ts';
import { type RunningGateway, startGateway } from '../../support/start-gateway.ts';

let gateway: RunningGateway;
afterEach(async () => {
  gateway.duro.heal();
  await gateway.stop();
});

const READ = 'query ($id: ID!) { promoCode(id: $id, policy: FRESH) { freshness { stale } } }';
const REDEEM = `mutation ($input: RedeemPromoCodeInput!) {
  redeemPromoCode(input: $input) { ... on RedeemPayload { replayed } }
}`;

/** Sends an operation from a client that may disconnect. */
function connect(query: string, variables: object): { disconnect: () => void; answer: Promise<Response | null> } {
  const client = new AbortController();
  const answer = fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
    signal: client.signal,
  }).catch(() => null);
  return { disconnect: () => client.abort(), answer };
}

/** Makes Duro silent. Resolves when it has received the next call. */
function silenceDuro(): Promise<void> {
  const struck = Promise.withResolvers<void>();
  gateway.duro.fail({ kind: 'silence', onStrike: struck.resolve });
  return struck.promise;
}

it('a client that disconnects cancels the provider read that it alone waits for', async () => {
  gateway = await startGateway();
  const { id } = await openShop(gateway).createPromoCode();
  const struck = silenceDuro();
  const { disconnect, answer } = connect(READ, { id });
  await struck;
  disconnect();
  expect(await answer).toBeNull();
  // A read that continued would time out and leave the provider DEGRADED.
  await gateway.gateway.reads.settled();
  expect(gateway.gateway.accounts.state('DURO')).toBe('UP');
});

it('a query that reaches its deadline cancels its provider reads', async () => {
  gateway = await startGateway({ settings: { REQUEST_DEADLINE_MS: '50' } });
  gateway.duro.fail({ kind: 'silence' });
  const { answer } = connect('{ promoCodeByProviderId(provider: DURO, providerId: "promo_1") { id } }', {});
  expect((await answer)?.status).toBe(504);
  await gateway.gateway.reads.settled();
  expect(gateway.gateway.accounts.state('DURO')).toBe('UP');
});

it('after a cancelled read, the next one calls the provider again', async () => {
  gateway = await startGateway();
  const { id } = await openShop(gateway).createPromoCode();
  const struck = silenceDuro();
  const { disconnect } = connect(READ, { id });
  await struck;
  disconnect();
  await gateway.gateway.reads.settled();
  expect(await gateway.run(READ, { id })).toEqual({ promoCode: { freshness: { stale: false } } });
});

it('a mutation and its provider reads continue when its client disconnects', async () => {
  gateway = await startGateway();
  const shop = openShop(gateway);
  const { code } = await shop.createPromoCode();
  gateway.advance(60 * 60_000);
  const [struck, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  gateway.duro.fail({ kind: 'late', delay: released.promise, onStrike: struck.resolve });
  const input = { code, order: { id: 'order-1' }, idempotencyKey: 'key-1' };
  const { disconnect, answer } = connect(REDEEM, { input });
  await struck.promise;
  disconnect();
  await answer;
  released.resolve();
  await gateway.gateway.reads.settled();
  expect(await gateway.run(REDEEM, { input })).toEqual({ redeemPromoCode: { replayed: true } });
});
