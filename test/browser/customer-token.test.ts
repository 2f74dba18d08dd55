import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeKeys } from '../support/credentials/keys.ts';
import { startIssuer } from '../support/credentials/token-issuer.ts';
import { openShop } from '../support/shop.ts';
import { type RunningGateway, startGateway } from '../support/start-gateway.ts';
import { launchBrowser } from './launch.ts';

/* A checkout page of another origin in a real Chromium, with a token of its customer. */

const keys = makeKeys({ owner: 'read+manage+redeem' });
const pages = createServer((_, response) => response.end('<!doctype html><title>Checkout</title>'));
let browser: Browser;
let issuer: Awaited<ReturnType<typeof startIssuer>>;
let gateway: RunningGateway;
let origin: string;

beforeAll(async () => {
  pages.listen(0, '127.0.0.1');
  await once(pages, 'listening');
  const address = pages.address();
  origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  issuer = await startIssuer();
  gateway = await startGateway({ settings: { ...keys.settings, ...issuer.settings, CORS_ORIGINS: origin } });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  await gateway.stop();
  issuer.stop();
  pages.closeAllConnections();
  pages.close();
});

it('quotes for that customer alone, and watches how many uses are left', async () => {
  const owner = openShop(gateway, keys.of('owner'));
  const { id } = await owner.createPromoCode({ code: 'ANNAS', customerId: 'anna', maxRedemptions: 5 });
  const exp = Math.floor(gateway.now() / 1000) + 3600;
  const token = await issuer.sign({ sub: 'anna', exp, scope: 'quote', promotion_customer: 'anna' });
  const page = await browser.newPage();
  await page.goto(origin);
  await page.exposeFunction('redeem', () => owner.redeem({ code: 'ANNAS', customerId: 'anna' }));
  const seen = await page.evaluate(
    async ({ url, id, token }) => {
      const send = (accept: string, query: string) =>
        fetch(url, {
          method: 'POST',
          headers: { accept, 'content-type': 'application/json', authorization: `Bearer ${token}` },
          body: JSON.stringify({ query }),
        });
      const ask = async (query: string) => (await send('application/json', query)).json();
      const quote = (input: string) =>
        ask(`{ quotePromoCode(input: { ${input} }) {
          ... on PromoCodeQuote { eligible promoCode { remaining } } ... on PromotionError { __typename } } }`);
      const events = await send('text/event-stream', `subscription { promoCodeChanged(id: "${id}") { remaining } }`);
      const own = await quote('code: "annas"');
      const others = await quote('code: "annas", customerId: "bert"');
      const list = await ask('{ promoCodes { totalCount } }');
      await Reflect.get(window, 'redeem')();
      const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
      let event = '';
      while (reader && !event.includes('data: {')) event += (await reader.read()).value ?? '';
      return { own: own.data, others: others.data, list: list.errors[0].extensions.code, event };
    },
    { url: gateway.url, id, token },
  );
  expect(seen).toMatchObject({
    own: { quotePromoCode: { eligible: true, promoCode: { remaining: 5 } } },
    others: { quotePromoCode: { __typename: 'PromotionInputError' } },
    list: 'FORBIDDEN',
    event: expect.stringContaining('{"data":{"promoCodeChanged":{"remaining":4}}}'),
  });
});
