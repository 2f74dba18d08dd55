import { describe, expect, it } from 'vitest';
import { makeKeys } from '../../support/credentials/keys.ts';
import { freshGateway } from '../../support/gateways.ts';
import { payloadOf } from '../../support/mutations.ts';
import { openShop } from '../../support/shop.ts';
import type { Json } from '../../support/start-gateway.ts';

const DAY = 24 * 60 * 60_000;
const LIST = `query ($filter: RefusalFilter, $first: Int, $after: String) {
  refusals(filter: $filter, first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
    nodes { id at operation caller requestId code promotionId customerId orderId reason reasonGiven
      providers { provider state } } } }`;

const keys = makeKeys({
  shop: 'quote+redeem',
  desk: 'read+quote+redeem',
  owner: 'manage+read+redeem',
  ops: 'operate',
  both: 'read+operate',
  bound: 'operate+quote+redeem:DURO',
});

const usd = (dollars: number) => ({ minorUnits: dollars * 100, currency: 'USD' });

async function start(settings: Record<string, string> = {}) {
  const gateway = await freshGateway({ settings: { ...keys.settings, ...settings }, sleep: async () => {} });
  const shopOf = (caller: Parameters<typeof keys.of>[0], headers = {}) =>
    openShop(gateway, { ...keys.of(caller), ...headers });
  const list = async (filter: Json = {}, by: Parameters<typeof keys.of>[0] = 'ops', page: Json = {}): Promise<Json> =>
    (await gateway.run(LIST, { filter, ...page }, keys.of(by))).refusals;
  return { gateway, shopOf, list, owner: shopOf('owner'), shop: shopOf('shop'), desk: shopOf('desk') };
}

describe('the list of refusals', () => {
  it('says why a code was refused for a customer yesterday, and what the caller got', async () => {
    const { gateway, owner, shopOf, list } = await start();
    const code = await owner.createPromoCode({ code: 'SUMMER', expiresAt: owner.inSeconds(60) });
    gateway.advance(60_000);
    const shop = shopOf('shop', { 'x-request-id': 'checkout-7' });
    const use = { customerId: 'cus_1', order: { id: 'order-7' } };
    expect(await shop.redeem({ code: ' summer ', ...use })).toMatchObject({ reason: 'NOT_REDEEMABLE' });
    await shop.redeem({ code: 'SUMMER', customerId: 'cus_2' });
    await shop.redeem({ code: 'WINTER', customerId: 'cus_1' });
    const at = new Date(gateway.now()).toISOString();
    gateway.advance(DAY);
    expect(await list({ code: 'Summer', customerId: 'cus_1' })).toMatchObject({
      totalCount: 1,
      nodes: [
        {
          at,
          operation: 'REDEEM',
          caller: 'shop',
          requestId: 'checkout-7',
          code: 'summer',
          promotionId: code.id,
          customerId: 'cus_1',
          orderId: 'order-7',
          reason: 'EXPIRED',
          reasonGiven: 'NOT_REDEEMABLE',
          providers: [{ provider: 'DURO', state: 'UP' }],
        },
      ],
    });
  });

  it('has the refusals of every operation and of every caller', async () => {
    const { gateway, owner, shop, desk, list } = await start();
    const off = await owner.createPromoCode({ code: 'OFF' });
    await owner.update({ id: off.id, active: false });
    const held = await owner.createPromoCode({ code: 'HELD', minimumOrder: usd(50) });
    const order = { id: 'order-1', amount: usd(60) };
    const hold = payloadOf(await desk.hold({ code: 'HELD', customerId: 'cus_1', order }));
    await desk.quote({ code: 'OFF' });
    gateway.advance(1);
    await desk.hold({ code: 'OFF' });
    gateway.advance(1);
    await desk.redeem({ code: 'OFF' });
    gateway.advance(1);
    await owner.redeemCoupon({ couponId: off.id });
    gateway.advance(1);
    await desk.confirm(hold.redemption.id, { orderAmount: usd(40) });
    gateway.advance(1);
    await shop.quote({ code: '' });
    const { nodes } = await list();
    expect(nodes.map((one: Json) => [one.operation, one.caller, one.code, one.reason, one.reasonGiven])).toEqual([
      ['QUOTE', 'shop', '', 'NOT_FOUND', 'NOT_REDEEMABLE'],
      ['CONFIRM', 'desk', 'HELD', 'MINIMUM_NOT_MET', 'MINIMUM_NOT_MET'],
      ['REDEEM_COUPON', 'owner', 'OFF', 'NOT_FOUND', 'NOT_FOUND'],
      ['REDEEM', 'desk', 'OFF', 'INACTIVE', 'INACTIVE'],
      ['HOLD', 'desk', 'OFF', 'INACTIVE', 'INACTIVE'],
      ['QUOTE', 'desk', 'OFF', 'INACTIVE', 'INACTIVE'],
    ]);
    expect(nodes[1]).toMatchObject({ promotionId: held.id, customerId: 'cus_1', orderId: 'order-1' });
    expect(nodes[2].promotionId).toBe(off.id);
    expect((await list({ code: 'held' })).nodes).toMatchObject([{ operation: 'CONFIRM' }]);
  });

  it('shows which providers did not answer', async () => {
    const { gateway, desk, list } = await start({ PROVIDER_BREAKER: '1' });
    gateway.flexprice.fail({ kind: 'answer', status: 500, times: Number.POSITIVE_INFINITY });
    await desk.quote({ code: 'ANY' });
    await desk.quote({ code: 'ANY', provider: 'DURO' });
    const { nodes } = await list();
    expect(nodes).toMatchObject([
      { reason: 'NOT_FOUND', providers: [{ provider: 'DURO', state: 'UP' }] },
      { reason: 'CANNOT_VERIFY', promotionId: null },
    ]);
    expect(nodes[1].providers).toContainEqual({ provider: 'FLEXPRICE', state: 'DEGRADED' });
    expect(nodes[1].providers).toContainEqual({ provider: 'DURO', state: 'UP' });
  });

  it('is filtered by code, customer, order, reason, caller and time, in any combination', async () => {
    const { gateway, owner, shop, desk, list } = await start();
    await owner.createPromoCode({ code: 'MINE', customerId: 'cus_me' });
    await shop.redeem({ code: 'NONE', customerId: 'cus_1', order: { id: 'order-1' } });
    gateway.advance(1000);
    const between = new Date(gateway.now()).toISOString();
    gateway.advance(1000);
    await desk.redeem({ code: 'NONE', customerId: 'cus_2', order: { id: 'order-2' } });
    await desk.redeem({ code: 'MINE', customerId: 'cus_2' });
    const orders = async (filter: Json) => (await list(filter)).nodes.map(({ orderId }: Json) => orderId);
    expect(await orders({ code: 'none' })).toEqual(['order-2', 'order-1']);
    expect(await orders({ customerId: 'cus_2' })).toEqual([null, 'order-2']);
    expect(await orders({ orderId: 'order-1' })).toEqual(['order-1']);
    expect(await orders({ reason: 'CUSTOMER_NOT_ELIGIBLE' })).toEqual([null]);
    expect(await orders({ reason: 'NOT_FOUND' })).toEqual(['order-2', 'order-1']);
    expect(await orders({ caller: 'shop' })).toEqual(['order-1']);
    expect(await orders({ after: between })).toEqual([null, 'order-2']);
    expect(await orders({ before: between })).toEqual(['order-1']);
    expect(await orders({ code: 'NONE', customerId: 'cus_2', caller: 'desk', reason: 'NOT_FOUND' })).toEqual([
      'order-2',
    ]);
    expect(await orders({ code: 'NONE', caller: 'nobody' })).toEqual([]);
    const first = await list({}, 'ops', { first: 2 });
    expect(first).toMatchObject({ totalCount: 3, pageInfo: { hasNextPage: true } });
    expect((await list({}, 'ops', { first: 2, after: first.pageInfo.endCursor })).nodes).toMatchObject([
      { orderId: 'order-1' },
    ]);
  });

  it('keeps the newest refusals of each caller, so that a flood of one leaves the history of the others', async () => {
    const { shop, desk, list } = await start({ REFUSALS_PER_CALLER: '10' });
    await desk.redeem({ code: 'NONE', customerId: 'cus_first' });
    await list();
    for (let number = 1; number <= 25; number += 1) {
      await shop.redeem({ code: 'NONE', customerId: `cus_${number}` });
      await list();
    }
    expect((await list({ caller: 'desk' })).nodes).toMatchObject([{ customerId: 'cus_first' }]);
    const { nodes } = await list({ caller: 'shop' });
    expect(nodes.map(({ customerId }: Json) => customerId)).toEqual(
      Array.from({ length: 10 }, (_, index) => `cus_${25 - index}`),
    );
  });

  it('keeps refusals for the configured time', async () => {
    const { gateway, shop, list } = await start({ REFUSAL_RETENTION_SECONDS: '60' });
    await shop.redeem({ code: 'NONE' });
    expect((await list()).totalCount).toBe(1);
    const deleteOld = () => gateway.gateway.refusalLog.deleteOld(gateway.now(), AbortSignal.timeout(10_000));
    gateway.advance(59_999);
    await deleteOld();
    expect((await list()).totalCount).toBe(1);
    gateway.advance(1);
    await deleteOld();
    expect((await list()).totalCount).toBe(0);
  });

  it('shows a caller that is bound to accounts only its own refusals, also by id', async () => {
    const { gateway, shop, shopOf, list } = await start();
    await shop.redeem({ code: 'NONE' });
    await shopOf('bound').redeem({ code: 'NONE' });
    expect((await list({}, 'bound')).nodes).toMatchObject([{ caller: 'bound' }]);
    expect((await list({ caller: 'shop' }, 'bound')).nodes).toEqual([]);
    const [own, other] = (await list()).nodes;
    const byId = async ({ id }: Json, by: 'both' | 'desk') =>
      (
        await gateway.run(
          'query ($id: ID!) { node(id: $id) { ... on RecordedRefusal { caller } } }',
          { id },
          keys.of(by),
        )
      ).node;
    expect(await byId(own, 'both')).toEqual({ caller: 'bound' });
    expect(await byId(other, 'both')).toEqual({ caller: 'shop' });
    expect(await byId(own, 'desk')).toBeNull();
  });

  it('stores a text that can be no code', async () => {
    const { shop, list } = await start();
    await shop.quote({ code: `A\0${'\ud83d\ude00'.repeat(99)}` });
    const [{ code }] = (await list()).nodes;
    expect(code.startsWith('A\ufffd')).toBe(true);
    expect(code.length).toBe(100);
  });
});
