import { expect, it } from 'vitest';
import { promotionId } from '../../../src/domain/promotion/identity.ts';
import type { ProviderCoupon } from '../../../src/domain/provider/provider.ts';
import { flexpriceClient } from '../../simulators/client.ts';
import { readNow } from '../../store/store-parts.ts';
import { defined } from '../../support/defined.ts';
import { sharedGateway } from '../../support/gateways.ts';
import { recoverOnce, synchroniseOnce } from '../../support/rounds.ts';
import { openShop } from '../../support/shop.ts';
import type { Json } from '../../support/start-gateway.ts';

const MINUTE = 60_000;
const gateway = await sharedGateway();
const shop = openShop(gateway);

/** Edits a coupon's metadata as a person does in Flexprice's dashboard. */
const edit = (providerId: string, metadata: Record<string, string>) =>
  flexpriceClient(gateway.flexprice)('PUT', `/coupons/${providerId}`, { metadata });

const sync = async () => expect(await synchroniseOnce(gateway, 'FLEXPRICE')).toBe('DONE');

/** The promo code and the coupon that the gateway has stored for a Flexprice record. */
async function objectsOf(providerId: string): Promise<Json[]> {
  const fields = '__typename providerId redeemedCount status';
  const { coupons, promoCodes } = await gateway.run(
    `{ coupons(first: 100) { nodes { ${fields} } } promoCodes(first: 100) { nodes { ${fields} } } }`,
  );
  return [...defined(coupons).nodes, ...defined(promoCodes).nodes].filter((one) => one.providerId === providerId);
}

it.each([
  ['loses the marks of the gateway', {}],
  ['gets other entries instead', { team: 'growth' }],
  ['has the mark of the other kind', { promo_gateway_kind: 'code' }],
])('a coupon whose metadata %s stays the same coupon with its redemptions', async (_, metadata) => {
  const { id, providerId } = await shop.createCoupon({ provider: 'FLEXPRICE', maxRedemptions: 2 });
  await shop.redeemCoupon({ couponId: id, order: shop.newOrder() });
  await edit(providerId, metadata);
  gateway.advance(2 * MINUTE);
  await sync();
  expect(await objectsOf(providerId)).toEqual([
    { __typename: 'Coupon', providerId, redeemedCount: 1, status: 'ACTIVE' },
  ]);
  expect(await shop.redeemCoupon({ couponId: id, order: shop.newOrder() })).toMatchObject({ replayed: false });
  expect(await shop.redeemCoupon({ couponId: id, order: shop.newOrder() })).toMatchObject({
    reason: 'EXHAUSTED',
  });
});

it('metadata that is larger at the provider than the gateway allows is shown in part', async () => {
  const { id, providerId } = await shop.createCoupon({ provider: 'FLEXPRICE' });
  const short = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`k${index}`, 'v']));
  await edit(providerId, { ['k'.repeat(41)]: 'v', long: `${'v'.repeat(499)}\u{1f600}`, ...short });
  const { coupon } = await gateway.run('query ($id: ID!) { coupon(id: $id, policy: FRESH) { metadata } }', { id });
  expect(coupon?.metadata).toEqual({
    long: 'v'.repeat(499),
    ...Object.fromEntries(Object.entries(short).slice(0, 49)),
  });
});

it('a promo code whose metadata claims that it is a coupon stays a promo code with its redemptions', async () => {
  const { code, providerId } = await shop.createPromoCode({ provider: 'FLEXPRICE', maxRedemptions: 1 });
  await shop.redeem({ code });
  await edit(providerId, { promo_gateway_kind: 'coupon' });
  gateway.advance(2 * MINUTE);
  await sync();
  expect(await objectsOf(providerId)).toEqual([
    { __typename: 'PromoCode', providerId, redeemedCount: 1, status: 'EXHAUSTED' },
  ]);
  expect(await shop.redeem({ code })).toMatchObject({ reason: 'EXHAUSTED' });
});

it('a Flexprice record that an earlier version stored as the other kind stays one object', async () => {
  const { providerId } = await shop.createCoupon({ provider: 'FLEXPRICE', maxRedemptions: 1 });
  const { promotions } = gateway.gateway.store;
  const owner = { provider: 'FLEXPRICE', account: 'default' } as const;
  // Simulates a store of an earlier version that read the coupon after its mark was lost.
  const known = await promotions.get(promotionId({ ...owner, kind: 'Coupon', providerId }), gateway.now());
  if (known?.kind !== 'Coupon') throw new Error('expected the coupon');
  const other = `${providerId}-other`;
  const facts: ProviderCoupon = { ...known, remaining: undefined, providerId: other, isOneOfBoth: true };
  const asCode = { ...facts, customerId: null, planId: null, firstTransactionOnly: false, minimumOrder: null };
  const read = () => readNow(promotions, gateway.now());
  const code = { ...asCode, kind: 'PromoCode', code: 'coupon-x', coupon: null } as const;
  const id = await promotions.save(owner, code, await read());
  expect(await promotions.save(owner, facts, await read())).toBe(id);
  expect(await objectsOf(other)).toMatchObject([{ __typename: 'PromoCode' }]);
});

it('a promo code cannot have the text of the hidden code of a coupon', async () => {
  const input = { provider: 'FLEXPRICE', code: 'Coupon-3f2504e0-4f89-41d3-9a0c-0305e82c3301' };
  const writes = gateway.flexprice.calls.length;
  expect(await shop.tryCreatePromoCode(input)).toMatchObject({
    __typename: 'UnsupportedByProviderError',
    fields: ['code'],
  });
  expect(gateway.flexprice.calls.length).toBe(writes);
});

it('a lost creation whose mark was removed stays in doubt', async () => {
  gateway.flexprice.fail({ kind: 'hang-up', method: 'POST', path: /coupons$/, commit: true });
  const input = { provider: 'FLEXPRICE', code: 'EDITED', idempotencyKey: 'edited' };
  expect(await shop.tryCreatePromoCode(input)).toMatchObject({ __typename: 'PromotionProviderError' });
  const { body }: { body: Json } = await flexpriceClient(gateway.flexprice)('GET', '/coupons/code/edited');
  await edit(body.id, { team: 'growth' });
  gateway.advance(2 * MINUTE);
  expect(await recoverOnce(gateway)).toEqual(['IN_DOUBT']);
});

it('a lost creation of a coupon is found by its hidden code even without its metadata', async () => {
  gateway.flexprice.fail({ kind: 'hang-up', method: 'POST', path: /coupons$/, commit: true });
  const input = { provider: 'FLEXPRICE', name: 'Lost', idempotencyKey: 'lost' };
  expect(await shop.tryCreateCoupon(input)).toMatchObject({ __typename: 'PromotionProviderError' });
  const { body }: { body: Json } = await flexpriceClient(gateway.flexprice)('POST', '/coupons/search', {});
  const made = body.items.find(({ name }: Json) => name === 'Lost');
  await edit(made.id, {});
  gateway.advance(2 * MINUTE);
  const outcomes = await recoverOnce(gateway);
  expect(outcomes).toContain('FINISHED');
  expect(await objectsOf(made.id)).toMatchObject([{ __typename: 'Coupon' }]);
});
