import { once } from 'node:events';
import type { Server } from 'node:http';
import { gql } from '@apollo/client';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { makeKeys } from '../support/credentials/keys.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { type RunningGateway, startGateway } from '../support/start-gateway.ts';
import { Cancel, Confirm, createPageClient, Hold, hashOf, Quote, wordsFor } from './checkout-page.ts';
import { callGateway, createCheckoutServer, type Gateway, type Session } from './checkout-server.ts';

const keys = makeKeys({ owner: 'read+manage', checkout: 'quote+redeem' });
const documents = new URL('./generated/persisted-documents.json', import.meta.url).pathname;

let gateway: RunningGateway;
let owner: Shop;
let access: Gateway;
let server: Server;
let url: string;
/** The session of the shopper. */
let session: Session;
let orders = 0;

beforeAll(async () => {
  const settings = { ...keys.settings, TRUSTED_DOCUMENTS: documents, TRUSTED_PROXIES: 'loopback' };
  gateway = await startGateway({ settings });
  owner = openShop(gateway, keys.of('owner'));
  access = { url: gateway.url, key: keys.of('checkout').authorization.replace('Bearer ', '') };
  const ofThePage = new Set([Quote, Hold, Cancel].map(hashOf));
  server = createCheckoutServer(access, ofThePage, async () => session).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await gateway.stop();
});
beforeEach(() => {
  session = {
    customerId: 'anna',
    order: { id: `order-${++orders}`, amount: { minorUnits: 500_000, currency: 'NGN' } },
  };
});

function changeCart(minorUnits: number): void {
  session.order.amount = { minorUnits, currency: 'NGN' };
}

const REMAINING = gql`fragment Remaining on PromoCode { remaining }`;
const newKey = () => crypto.randomUUID();

/** What the shop's server does when the payment has succeeded. */
function confirm(): Promise<unknown> {
  const { holdId, order } = session;
  return callGateway(access, hashOf(Confirm), { holdId, orderAmount: order.amount, key: newKey() });
}

/** What the server answers to a request that Apollo Client would not send. */
async function post(body: object, type = 'application/json'): Promise<unknown> {
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body: JSON.stringify(body) });
  return answer.json();
}

it('quotes, holds, holds again when the cart changes, and confirms with the final amount', async () => {
  const { id } = await owner.createPromoCode({ code: 'TENTH', maxRedemptions: 5 });
  const page = createPageClient(url);
  const { data: quoted } = await page.query({ query: Quote, variables: { code: 'tenth' } });
  expect(quoted?.quotePromoCode).toMatchObject({ refusal: null, discountAmount: { amount: '500.00' } });

  const hold = async () => {
    const { data } = await page.mutate({ mutation: Hold, variables: { code: 'tenth', key: newKey() } });
    if (data?.holdPromoCode?.__typename !== 'RedeemPayload') throw new Error(JSON.stringify(data));
    return data.holdPromoCode.redemption;
  };
  const held = await hold();
  expect(held).toMatchObject({ status: 'HELD', discountAmount: { amount: '500.00' } });
  changeCart(300_000);
  const again = await hold();
  expect(again).toMatchObject({ id: held.id, discountAmount: { amount: '300.00' } });

  changeCart(200_000);
  expect(await confirm()).toMatchObject({
    data: { confirmRedemption: { redemption: { status: 'REDEEMED', discountAmount: { amount: '200.00' } } } },
  });
  // The cache is normalised: the code that the quote showed has what the mutation returned.
  const promoCode = page.cache.identify({ __typename: 'PromoCode', id });
  expect(page.readFragment({ id: promoCode, fragment: REMAINING })).toMatchObject({ remaining: 4 });
});

it('quotes what the cart has become: a quote is not kept in the cache', async () => {
  await owner.createPromoCode({ code: 'GROWING' });
  const page = createPageClient(url);
  const quote = async () => (await page.query({ query: Quote, variables: { code: 'growing' } })).data?.quotePromoCode;
  expect(await quote()).toMatchObject({ discountAmount: { amount: '500.00' } });
  changeCart(800_000);
  expect(await quote()).toMatchObject({ discountAmount: { amount: '800.00' } });
});

it('a confirmation of a lapsed hold shows that it has lapsed, and the code can be held again', async () => {
  await owner.createPromoCode({ code: 'LAPSED' });
  const page = createPageClient(url);
  const hold = () => page.mutate({ mutation: Hold, variables: { code: 'LAPSED', key: newKey() } });
  await hold();
  gateway.advance(16 * 60_000);
  expect(await confirm()).toMatchObject({
    data: {
      confirmRedemption: {
        __typename: 'PromotionConflictError',
        currentRedemption: { id: session.holdId, status: 'EXPIRED' },
      },
    },
  });
  expect((await hold()).data?.holdPromoCode).toMatchObject({ redemption: { status: 'HELD' } });
});

it('cancels the hold of its own order, whatever hold the page names', async () => {
  const { id } = await owner.createPromoCode({ code: 'REMOVED', maxRedemptions: 1 });
  const page = createPageClient(url);
  await page.mutate({ mutation: Hold, variables: { code: 'REMOVED', key: newKey() } });
  const variables = { holdId: 'UmVkZW1wdGlvbjow', key: newKey() };
  const { data } = await page.mutate({ mutation: Cancel, variables });
  expect(data?.cancelRedemption).toMatchObject({
    redemption: { id: session.holdId, status: 'CANCELLED', promotion: { id, remaining: 1 } },
  });
});

it('confirms nothing for a page, and reads nothing but the JSON of its operations', async () => {
  await owner.createPromoCode({ code: 'UNPAID' });
  const page = createPageClient(url);
  await page.mutate({ mutation: Hold, variables: { code: 'UNPAID', key: newKey() } });
  const refused = { errors: [{ message: 'Unknown operation' }] };
  const operation = (document: object, variables: object) => ({
    extensions: { persistedQuery: { sha256Hash: hashOf(document) } },
    variables,
  });
  expect(await post(operation(Confirm, { key: newKey() }))).toEqual(refused);
  expect(await post({ query: '{ providers { name } }' })).toEqual(refused);
  expect(await post(operation(Quote, { code: 'UNPAID' }), 'text/plain')).toEqual(refused);
  expect(await post(operation(Quote, { code: 'UNPAID' }))).toMatchObject({
    data: { quotePromoCode: { refusal: null } },
  });
});

it('a code that a guest types letter by letter is one attempt', async () => {
  session.customerId = null;
  const text = 'LETTERBYLETTER';
  await owner.createPromoCode({ code: text });
  const page = createPageClient(url);
  const quote = async (code: string) => (await page.query({ query: Quote, variables: { code } })).data?.quotePromoCode;
  // More texts than an address may try.
  for (let round = 0; round < 5; round += 1) {
    for (let length = 1; length < text.length; length += 1) await quote(text.slice(0, length));
    gateway.advance(10_000);
  }
  expect(await quote(text)).toMatchObject({ refusal: null });
});

it('lives on when the gateway cannot be reached', async () => {
  const gone = { url: 'http://127.0.0.1:1/graphql', key: 'any' };
  const lonely = createCheckoutServer(gone, new Set([hashOf(Quote)]), async () => session).listen(0, '127.0.0.1');
  await once(lonely, 'listening');
  const address = lonely.address();
  const page = createPageClient(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`);
  for (const code of ['ONE', 'TWO']) {
    await expect(page.query({ query: Quote, variables: { code } })).rejects.toThrow('Try again later');
  }
  lonely.closeAllConnections();
  lonely.close();
});

it('says refusals in its own words, by their reason', async () => {
  const minimumOrder = { minorUnits: 900_000, currency: 'NGN' };
  await owner.createPromoCode({ code: 'LARGE', minimumOrder, allowGatewayRules: true });
  const { data } = await createPageClient(url).query({ query: Quote, variables: { code: 'LARGE' } });
  if (data?.quotePromoCode?.__typename !== 'PromoCodeQuote') throw new Error(JSON.stringify(data));
  expect(wordsFor(data.quotePromoCode.refusal?.reason ?? '')).toBe(
    'Der Bestellwert reicht für diesen Code noch nicht.',
  );
  expect(wordsFor('A_REASON_OF_NEXT_YEAR')).toBe('Dieser Code kann nicht verwendet werden.');
});

it('needs the possible types: without them, the messages of errors are missing', async () => {
  const wrong = { query: Quote, variables: { code: 'x'.repeat(2000) } };
  const { data } = await createPageClient(url).query(wrong);
  expect(data?.quotePromoCode).toMatchObject({ issues: [{ code: 'TOO_LONG' }], message: expect.any(String) });
  const { data: dropped } = await createPageClient(url, {}).query(wrong);
  expect(dropped?.quotePromoCode).not.toHaveProperty('message');
});

it('cannot use the code for another customer or order: the server knows better', async () => {
  await owner.createPromoCode({ code: 'BERTS', customerId: 'bert' });
  const forged = { code: 'BERTS', customerId: 'bert', order: { id: 'of-bert' } };
  const { data } = await createPageClient(url).query({ query: Quote, variables: forged });
  expect(data?.quotePromoCode).toMatchObject({ refusal: { reason: 'NOT_REDEEMABLE' } });
});
