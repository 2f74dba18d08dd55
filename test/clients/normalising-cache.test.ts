import { Client, fetchExchange, gql } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openShop } from '../support/shop.ts';
import { type RunningGateway, startGateway } from '../support/start-gateway.ts';

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const READ = gql`
  query ($id: ID!) { promoCode(id: $id) { id code remaining redeemedCount } }
`;
const REDEEM = gql`
  mutation ($input: RedeemPromoCodeInput!) {
    redeemPromoCode(input: $input) {
      ... on RedeemPayload { redemption { id promotion { id remaining redeemedCount } } }
    }
  }
`;

it('a page that shows a code shows what a redemption leaves of it, without asking again', async () => {
  const { id } = await openShop(gateway).createPromoCode({ code: 'CACHED', maxRedemptions: 3 });
  const sent: string[] = [];
  const client = new Client({
    url: gateway.url,
    preferGetMethod: false,
    exchanges: [cacheExchange({}), fetchExchange],
    fetch: (url, init) => {
      sent.push(String(init?.body));
      return fetch(url, init);
    },
  });
  const shown: unknown[] = [];
  const { unsubscribe } = client.query(READ, { id }).subscribe(({ data }) => shown.push(data?.promoCode.remaining));
  await client.query(READ, { id });
  await client.mutation(REDEEM, { input: { code: 'CACHED', idempotencyKey: 'cached-1' } });
  expect(shown).toEqual([3, 2]);
  expect(sent).toHaveLength(2);
  unsubscribe();
});
