import { beforeAll, expect, it } from 'vitest';
import { sharedGateway } from '../../support/gateways.ts';
import { payloadOf } from '../../support/mutations.ts';
import { openShop } from '../../support/shop.ts';
import type { Json } from '../../support/start-gateway.ts';

const MINUTE = 60_000;
const gateway = await sharedGateway();
const shop = openShop(gateway);
const redemptions = new Map<string, string>();
let midnight: string;

async function take(use: 'redeem' | 'hold', order: string, more: Json = {}): Promise<void> {
  const { redemption } = payloadOf(await shop[use]({ code: 'NIGHT', order: { id: order }, ...more }));
  redemptions.set(order, redemption.id);
}

async function settle(verb: 'confirm' | 'cancel', order: string): Promise<void> {
  const id = redemptions.get(order) ?? '';
  expect(await shop[verb](id)).toMatchObject({ __typename: 'RedeemPayload' });
}

beforeAll(async () => {
  await shop.createPromoCode({ provider: 'FLEXPRICE', code: 'NIGHT' });
  await take('redeem', 'early');
  for (const order of ['held-before', 'spanning', 'cancelled', 'lapsed']) {
    await take('hold', order, { holdSeconds: 3600 });
  }
  gateway.advance(MINUTE);
  midnight = shop.inSeconds(0);
  gateway.advance(MINUTE);
  await take('redeem', 'late');
  gateway.advance(MINUTE);
  await settle('confirm', 'spanning');
  gateway.advance(MINUTE);
  await settle('confirm', 'cancelled');
  gateway.advance(MINUTE);
  await settle('cancel', 'cancelled');
  await settle('cancel', 'held-before');
  await take('hold', 'held-after');
});

async function orders(filter: string, orderBy = 'REDEEMED_AT_DESC'): Promise<string[]> {
  const { redemptions } = await gateway.run(
    `{ redemptions(filter: { ${filter} }, orderBy: ${orderBy}) { totalCount nodes { orderId } } }`,
  );
  const found = redemptions.nodes.map(({ orderId }: Json) => orderId);
  expect(redemptions.totalCount).toBe(found.length);
  return found;
}

it('redeemedAfter includes a checkout that began before the instant and was redeemed after it', async () => {
  expect(await orders(`redeemedAfter: "${midnight}"`)).toEqual(['cancelled', 'spanning', 'late']);
  expect(await orders(`redeemedBefore: "${midnight}"`)).toEqual(['early']);
  expect(await orders(`redeemedAfter: "${midnight}", createdBefore: "${midnight}"`)).toEqual(['cancelled', 'spanning']);
  expect(await orders(`redeemedAfter: "${midnight}", status: [REDEEMED]`)).toEqual(['spanning', 'late']);
  expect(await orders(`redeemedAfter: "${midnight}", orderId: "spanning"`)).toEqual(['spanning']);
  expect(await orders(`redeemedAfter: "${midnight}"`, 'CREATED_AT_DESC')).toEqual(['late', 'cancelled', 'spanning']);
  expect(await orders(`createdAfter: "${midnight}"`)).toEqual(['late', 'held-after']);
});

it('sorted by redemption time, entries that were never redeemed come last, newest first', async () => {
  expect(await orders('')).toEqual(['cancelled', 'spanning', 'late', 'early', 'held-after', 'lapsed', 'held-before']);
  expect(await orders('status: [HELD]')).toEqual(['held-after', 'lapsed']);
});

it('each sort order accepts its own cursors and refuses those of the other', async () => {
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

it('an invalid instant is an input error', async () => {
  const { errors } = await gateway.send('{ redemptions(filter: { redeemedAfter: "soon" }) { totalCount } }');
  expect(errors).toMatchObject([
    { extensions: { code: 'BAD_USER_INPUT', issues: [{ path: ['filter', 'redeemedAfter'] }] } },
  ]);
});
