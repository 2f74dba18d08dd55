import { expect, it } from 'vitest';
import { makeKeys } from '../../support/credentials/keys.ts';
import { freshGateway } from '../../support/gateways.ts';
import { payloadOf } from '../../support/mutations.ts';
import { openShop } from '../../support/shop.ts';
import type { Json } from '../../support/start-gateway.ts';

const keys = makeKeys({ ann: 'manage+read+redeem', bob: 'manage+read', desk: 'read+redeem', ops: 'read+operate' });
const HISTORY: string = `query ($id: ID!) { node(id: $id) {
  ... on Redeemable { history { at kind caller requestId fields { field before after } } } } }`;

async function start() {
  const gateway = await freshGateway({ settings: keys.settings });
  const shopOf = (caller: Parameters<typeof keys.of>[0], requestId: string) =>
    openShop(gateway, { ...keys.of(caller), 'x-request-id': requestId });
  const historyOf = async (id: string, by: Parameters<typeof keys.of>[0] = 'ops'): Promise<Json> =>
    (await gateway.run(HISTORY, { id }, keys.of(by))).node.history;
  return { gateway, shopOf, historyOf };
}

it('the history of a promo code says who changed which fields, when and through which request', async () => {
  const { gateway, shopOf, historyOf } = await start();
  const { id } = await shopOf('ann', 'r-1').createPromoCode({
    code: 'SUMMER',
    maxRedemptions: 10,
    customerId: 'cus_1',
  });
  gateway.advance(1000);
  const at = new Date(gateway.now()).toISOString();
  const expiresAt = new Date(gateway.now() + 60_000).toISOString();
  await shopOf('bob', 'r-2').update({ id, maxRedemptions: 20, expiresAt });
  await shopOf('ann', 'r-3').redeem({ code: 'SUMMER', customerId: 'cus_1' });
  const [updated, created, ...others] = await historyOf(id);
  expect(others).toEqual([]);
  expect(updated).toMatchObject({ at, kind: 'UPDATED', caller: 'bob', requestId: 'r-2' });
  expect(updated.fields).toEqual(
    expect.arrayContaining([
      { field: 'maxRedemptions', before: '10', after: '20' },
      { field: 'expiresAt', before: null, after: JSON.stringify(expiresAt) },
    ]),
  );
  expect(updated.fields.map(({ field }: Json) => field)).not.toContain('code');
  expect(created).toMatchObject({ kind: 'CREATED', caller: 'ann', requestId: 'r-1' });
  expect(created.fields).toContainEqual({ field: 'code', before: null, after: '"SUMMER"' });
  expect(JSON.stringify([updated, created])).not.toContain('cus_1');
});

it('a rule that only the gateway keeps, a coupon and its end are in the history, too', async () => {
  const { shopOf, historyOf } = await start();
  const ann = shopOf('ann', 'r-1');
  const code = await ann.createPromoCode({ provider: 'DURO' });
  await ann.update({ id: code.id, active: false });
  const [updated] = await historyOf(code.id);
  expect(updated).toMatchObject({ kind: 'UPDATED', caller: 'ann' });
  expect(updated.fields).toContainEqual({ field: 'active', before: 'true', after: 'false' });
  const coupon = await ann.createCoupon({ provider: 'FLEXPRICE' });
  payloadOf(await shopOf('bob', 'r-2').tryArchiveCoupon({ id: coupon.id }));
  expect(await historyOf(coupon.id, 'ann')).toMatchObject([
    { kind: 'ARCHIVED', caller: 'bob', fields: [{ field: 'active', before: 'true', after: 'false' }] },
    { kind: 'CREATED', caller: 'ann' },
  ]);
});

it('new metadata of a promo code is in its history', async () => {
  const { shopOf, historyOf } = await start();
  const { id } = await shopOf('ann', 'r-1').createPromoCode({ provider: 'DURO', metadata: { team: 'growth' } });
  await shopOf('bob', 'r-2').update({ id, metadata: { team: 'sales' } });
  expect((await historyOf(id))[0]).toMatchObject({
    kind: 'UPDATED',
    caller: 'bob',
    fields: [{ field: 'metadata', before: '{"team":"growth"}', after: '{"team":"sales"}' }],
  });
});

it('the history is for those who run the shop, and has no entry for a repeated call', async () => {
  const { gateway, shopOf, historyOf } = await start();
  const { id } = await shopOf('ann', 'r-1').createPromoCode();
  const change = { id, maxRedemptions: 5, idempotencyKey: 'once' };
  for (const requestId of ['r-2', 'r-3']) await shopOf('ann', requestId).update(change);
  expect(await historyOf(id)).toMatchObject([{ requestId: 'r-2' }, { kind: 'CREATED' }]);
  const { errors } = await gateway.send(HISTORY, { id }, keys.of('desk'));
  expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
});
