import { beforeAll, expect, it } from 'vitest';
import { sharedGateway } from '../../support/gateways.ts';
import type { Json } from '../../support/start-gateway.ts';

const MINUTE = 60_000;

const gateway = await sharedGateway();
let midnight: string;
beforeAll(async () => {
  await gateway.run(
    `mutation { createPromoCode(input: { provider: FLEXPRICE, code: "NIGHT", discount: { percentage: "10" } }) { __typename } }`,
  );
  const before = ['held-before', 'spanning', 'cancelled', 'lapsed'];
  await take('redeemPromoCode', 'early');
  for (const order of before) await take('holdPromoCode', order, 'holdSeconds: 3600');
  gateway.advance(MINUTE);
  midnight = new Date(gateway.now()).toISOString();
  gateway.advance(MINUTE);
  await take('redeemPromoCode', 'late');
  gateway.advance(MINUTE);
  await settle('confirmRedemption', 'spanning');
  gateway.advance(MINUTE);
  await settle('confirmRedemption', 'cancelled');
  gateway.advance(MINUTE);
  await settle('cancelRedemption', 'cancelled');
  await settle('cancelRedemption', 'held-before');
  await take('holdPromoCode', 'held-after');
});

const made = new Map<string, string>();

async function take(mutation: string, order: string, more = ''): Promise<void> {
  const data = await gateway.run(
    `mutation { ${mutation}(input: { code: "NIGHT", order: { id: "${order}" }, idempotencyKey: "${order}" ${more} }) {
      ... on RedeemPayload { redemption { id } } } }`,
  );
  made.set(order, data[mutation].redemption.id);
}

async function settle(mutation: string, order: string): Promise<void> {
  const data = await gateway.run(`mutation ($id: ID!) { ${mutation}(input: { id: $id }) { __typename } }`, {
    id: made.get(order),
  });
  expect(data[mutation].__typename).toBe('RedeemPayload');
}

async function orders(filter: string, orderBy = 'REDEEMED_AT_DESC'): Promise<string[]> {
  const { redemptions } = await gateway.run(
    `{ redemptions(filter: { ${filter} }, orderBy: ${orderBy}) { totalCount nodes { orderId } } }`,
  );
  const found = redemptions.nodes.map(({ orderId }: Json) => orderId);
  expect(redemptions.totalCount).toBe(found.length);
  return found;
}

it('what was redeemed since an instant includes a checkout that began before it', async () => {
  expect(await orders(`redeemedAfter: "${midnight}"`)).toEqual(['cancelled', 'spanning', 'late']);
  expect(await orders(`redeemedBefore: "${midnight}"`)).toEqual(['early']);
  expect(await orders(`redeemedAfter: "${midnight}", createdBefore: "${midnight}"`)).toEqual(['cancelled', 'spanning']);
  expect(await orders(`redeemedAfter: "${midnight}", status: [REDEEMED]`)).toEqual(['spanning', 'late']);
  expect(await orders(`redeemedAfter: "${midnight}", orderId: "spanning"`)).toEqual(['spanning']);
  expect(await orders(`redeemedAfter: "${midnight}"`, 'CREATED_AT_DESC')).toEqual(['late', 'cancelled', 'spanning']);
  expect(await orders(`createdAfter: "${midnight}"`)).toEqual(['late', 'held-after']);
});

it('in the order of redemption what was never redeemed comes last, newest first', async () => {
  expect(await orders('')).toEqual(['cancelled', 'spanning', 'late', 'early', 'held-after', 'lapsed', 'held-before']);
  expect(await orders('status: [HELD]')).toEqual(['held-after', 'lapsed']);
});

it('an order pages by its own cursors, and refuses those of the other', async () => {
  const page = (orderBy: string, after: string) =>
    gateway.send(`{ redemptions(orderBy: ${orderBy}, first: 2 ${after}) {
      nodes { orderId } pageInfo { endCursor hasNextPage } } }`);
  const found: string[] = [];
  let after = '';
  for (let hasNext = true; hasNext; ) {
    const { data } = await page('REDEEMED_AT_DESC', after);
    found.push(...data.redemptions.nodes.map(({ orderId }: Json) => orderId));
    hasNext = data.redemptions.pageInfo.hasNextPage;
    after = `after: "${data.redemptions.pageInfo.endCursor}"`;
  }
  expect(found).toEqual(await orders(''));
  const { errors } = await page('CREATED_AT_DESC', after);
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', issues: [{ path: ['after'] }] } }]);
});

it('an instant that is none is bad input', async () => {
  const { errors } = await gateway.send('{ redemptions(filter: { redeemedAfter: "soon" }) { totalCount } }');
  expect(errors).toMatchObject([
    { extensions: { code: 'BAD_USER_INPUT', issues: [{ path: ['filter', 'redeemedAfter'] }] } },
  ]);
});
