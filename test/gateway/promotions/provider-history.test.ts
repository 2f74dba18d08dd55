import { beforeEach, describe, expect, it } from 'vitest';
import { synchronise } from '../../../src/gateway/sync/synchronise.ts';
import { chatdashClient, duroClient, flexpriceClient } from '../../simulators/client.ts';
import { makeKeys } from '../../support/credentials/keys.ts';
import { delayAnswer } from '../../support/delay-answer.ts';
import { freshGateway } from '../../support/gateways.ts';
import { recoverOnce } from '../../support/rounds.ts';
import { openShop } from '../../support/shop.ts';
import type { Json, RunningGateway } from '../../support/start-gateway.ts';

const MINUTE = 60_000;
const keys = makeKeys({ ann: 'manage+read+redeem', bob: 'manage+read+redeem' });
const HISTORY: string = `query ($id: ID!) { node(id: $id) {
  ... on Redeemable { history { at kind caller requestId fields { field before after } } } } }`;
const READ = 'query ($id: ID!) { promoCode(id: $id, policy: FRESH) { status maxRedemptions } }';

let gateway: RunningGateway;
beforeEach(async () => {
  gateway = await freshGateway({ settings: keys.settings });
});

const shopOf = (caller: 'ann' | 'bob', requestId: string) =>
  openShop(gateway, { ...keys.of(caller), 'x-request-id': requestId });
const read = (id: string): Promise<Json> => gateway.run(READ, { id }, keys.of('ann'));
/** What happened to a promotion after its creation, newest first. */
async function changesOf(id: string): Promise<Json[]> {
  const { node }: Json = await gateway.run(HISTORY, { id }, keys.of('ann'));
  return node.history.filter(({ kind }: Json) => kind !== 'CREATED');
}
const atDuro = (providerId: string, change: Json) =>
  duroClient(gateway.duro)('PATCH', `/v1/promo-codes/${providerId}`, change, {
    'idempotency-key': crypto.randomUUID(),
  });

it('a change at the provider is in the history once a read has shown it, with the provider as its author', async () => {
  const { id, providerId } = await shopOf('ann', 'r-1').createPromoCode({ maxRedemptions: 10 });
  await atDuro(providerId, { maxRedemptions: 25, active: false });
  gateway.advance(MINUTE);
  const at = new Date(gateway.now()).toISOString();
  for (let reads = 0; reads < 3; reads += 1) await read(id);
  const [change, ...others] = await changesOf(id);
  expect(others).toEqual([]);
  expect(change).toMatchObject({ at, kind: 'CHANGED_AT_PROVIDER', caller: 'DURO', requestId: null });
  expect(change?.fields).toEqual([
    { field: 'active', before: 'true', after: 'false' },
    { field: 'maxRedemptions', before: '10', after: '25' },
  ]);
});

it('uses that the provider counts are not in the history, nor what follows from them or from the clock', async () => {
  const ann = shopOf('ann', 'r-1');
  const { id: couponId } = await ann.createCoupon({ maxRedemptions: 1, expiresAt: ann.inSeconds(3600) });
  const { id, code } = await ann.createPromoCode({ provider: 'STRIPE_CONNECT', couponId, maxRedemptions: 1 });
  await ann.redeem({ code });
  gateway.advance(2 * 60 * MINUTE);
  await read(id);
  expect([await changesOf(id), await changesOf(couponId)]).toEqual([[], []]);
});

it('a synchronisation and the end of a coupon at the provider are in the history', async () => {
  const ann = shopOf('ann', 'r-1');
  const coupon = await ann.createCoupon({ provider: 'FLEXPRICE' });
  await flexpriceClient(gateway.flexprice)('DELETE', `/coupons/${coupon.providerId}`);
  const flexprice = gateway.gateway.accounts.find('FLEXPRICE');
  if (!flexprice) throw new Error('Flexprice is off');
  gateway.advance(MINUTE);
  expect(await synchronise(gateway.gateway, flexprice)).toBe('DONE');
  expect(await changesOf(coupon.id)).toMatchObject([
    { kind: 'CHANGED_AT_PROVIDER', caller: 'FLEXPRICE', fields: [{ field: 'active', before: 'true', after: 'false' }] },
  ]);
});

it('a change of a coupon that the answer to the creation of a promo code shows is in its history', async () => {
  const ann = shopOf('ann', 'r-1');
  const coupon = await ann.createCoupon({ name: 'Spring' });
  const stripe = chatdashClient(gateway.chatdash, 'acct_one');
  await stripe('PUT', `/coupons/${coupon.providerId}`, { data: { name: 'Summer' } });
  await ann.createPromoCode({ provider: 'STRIPE_CONNECT', couponId: coupon.id });
  expect(await changesOf(coupon.id)).toMatchObject([
    { kind: 'CHANGED_AT_PROVIDER', caller: 'STRIPE_CONNECT', fields: [{ field: 'name', after: '"Summer"' }] },
  ]);
});

describe('a change by a caller is never attributed to the provider:', () => {
  it('its answer also shows what was changed at the provider', async () => {
    const { id, providerId } = await shopOf('ann', 'r-1').createPromoCode({ maxRedemptions: 10 });
    await atDuro(providerId, { maxRedemptions: 25 });
    await shopOf('bob', 'r-2').update({ id, active: false });
    const [own, elsewhere, ...others] = await changesOf(id);
    expect(others).toEqual([]);
    expect(own).toMatchObject({ kind: 'UPDATED', caller: 'bob', requestId: 'r-2' });
    expect(own?.fields).toEqual([{ field: 'active', before: 'true', after: 'false' }]);
    expect(elsewhere).toMatchObject({ kind: 'CHANGED_AT_PROVIDER', caller: 'DURO' });
    expect(elsewhere?.fields).toEqual([{ field: 'maxRedemptions', before: '10', after: '25' }]);
  });

  it('its answer was lost, and a read shows it', async () => {
    const { id } = await shopOf('ann', 'r-1').createPromoCode({ maxRedemptions: 10 });
    gateway.duro.fail({ kind: 'hang-up', commit: true, method: 'PATCH' });
    await shopOf('bob', 'r-2').tryUpdatePromoCode({ id, maxRedemptions: 20 });
    gateway.advance(MINUTE);
    await recoverOnce(gateway);
    await read(id);
    expect(await changesOf(id)).toMatchObject([
      { kind: 'UPDATED', caller: 'bob', fields: [{ field: 'maxRedemptions', before: '10', after: '20' }] },
    ]);
  });

  it('a read shows it before its own answer', async () => {
    const { id } = await shopOf('ann', 'r-1').createPromoCode({ maxRedemptions: 10 });
    const { isSent, answer } = delayAnswer(gateway.duro, { method: 'PATCH' });
    const change = shopOf('bob', 'r-2').update({ id, maxRedemptions: 20 });
    await isSent;
    await read(id);
    answer();
    await change;
    expect(await changesOf(id)).toMatchObject([
      { kind: 'UPDATED', caller: 'bob', fields: [{ field: 'maxRedemptions', before: '10', after: '20' }] },
    ]);
  });

  it('another change overlapped it', async () => {
    const { id, providerId } = await shopOf('ann', 'r-1').createPromoCode({ maxRedemptions: 10 });
    const { isSent, answer } = delayAnswer(gateway.duro, { method: 'PATCH' });
    const first = shopOf('ann', 'r-2').update({ id, maxRedemptions: 20 });
    await isSent;
    await shopOf('bob', 'r-3').update({ id, active: false });
    answer();
    await first;
    await read(id);
    const changes = await changesOf(id);
    expect(changes.map(({ caller, fields }) => [caller, fields[0].field]).sort()).toEqual([
      ['ann', 'maxRedemptions'],
      ['bob', 'active'],
    ]);
    gateway.advance(MINUTE);
    await atDuro(providerId, { maxRedemptions: 30 });
    await read(id);
    expect((await changesOf(id))[0]).toMatchObject({
      caller: 'DURO',
      fields: [{ field: 'maxRedemptions', before: '20', after: '30' }],
    });
  });
});
