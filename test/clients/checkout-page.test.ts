import { once } from 'node:events';
import type { Server } from 'node:http';
import { gql } from '@apollo/client';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { makeKeys } from '../support/credentials/keys.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { type RunningGateway, startGateway } from '../support/start-gateway.ts';
import { Confirm, createPageClient, Hold, Quote, wordsFor } from './checkout-page.ts';
import { createCheckoutServer, type Session } from './checkout-server.ts';

const keys = makeKeys({ owner: 'read+manage', checkout: 'quote+redeem' });
const documents = new URL('./generated/persisted-documents.json', import.meta.url).pathname;

let gateway: RunningGateway;
let owner: Shop;
let server: Server;
let url: string;
/** The session of the shopper. */
let session: Session;
let orders = 0;

beforeAll(async () => {
  gateway = await startGateway({ settings: { ...keys.settings, TRUSTED_DOCUMENTS: documents } });
  owner = openShop(gateway, keys.of('owner'));
  const key = keys.of('checkout').authorization.replace('Bearer ', '');
  server = createCheckoutServer({ url: gateway.url, key }, () => session).listen(0, '127.0.0.1');
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
  const { data: confirmed } = await page.mutate({ mutation: Confirm, variables: { id: held.id, key: newKey() } });
  expect(confirmed?.confirmRedemption).toMatchObject({
    redemption: { status: 'REDEEMED', discountAmount: { amount: '200.00' } },
  });
  // The cache is normalised: the code that the quote showed has what the mutation returned.
  const promoCode = page.cache.identify({ __typename: 'PromoCode', id });
  expect(page.readFragment({ id: promoCode, fragment: REMAINING })).toMatchObject({ remaining: 4 });
});

it('a page that confirms a lapsed hold learns it, and holds the code again', async () => {
  await owner.createPromoCode({ code: 'LAPSED' });
  const page = createPageClient(url);
  const hold = () => page.mutate({ mutation: Hold, variables: { code: 'LAPSED', key: newKey() } });
  const { data } = await hold();
  if (data?.holdPromoCode?.__typename !== 'RedeemPayload') throw new Error(JSON.stringify(data));
  const { id } = data.holdPromoCode.redemption;
  gateway.advance(16 * 60_000);
  const late = await page.mutate({ mutation: Confirm, variables: { id, key: newKey() } });
  expect(late.data?.confirmRedemption).toMatchObject({
    __typename: 'PromotionConflictError',
    message: expect.any(String),
  });
  expect((await hold()).data?.holdPromoCode).toMatchObject({ redemption: { status: 'HELD' } });
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
