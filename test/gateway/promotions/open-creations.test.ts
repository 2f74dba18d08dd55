import { beforeEach, expect, it } from 'vitest';
import { settleManually } from '../../../src/gateway/writes/settle-manually.ts';
import { flexpriceClient, idOf } from '../../simulators/client.ts';
import { delayAnswer } from '../../support/delay-answer.ts';
import { freshGateway } from '../../support/gateways.ts';
import { idAtDuro } from '../../support/id-at-duro.ts';
import { recoverOnce, synchroniseOnce } from '../../support/rounds.ts';
import { openShop, type Shop } from '../../support/shop.ts';
import type { Json, RunningGateway, StartOptions } from '../../support/start-gateway.ts';

const LOST = { kind: 'hang-up', commit: true, method: 'POST' } as const;
const VIP = {
  provider: 'FLEXPRICE',
  code: 'VIP',
  discount: { percentage: '100' },
  customerId: 'vip',
  perCustomerLimit: 1,
  minimumOrder: { minorUnits: 100_000, currency: 'USD' },
  allowGatewayRules: true,
};

let gateway: RunningGateway;
let shop: Shop;
async function start(options?: StartOptions): Promise<void> {
  gateway = await freshGateway(options);
  shop = openShop(gateway);
}
beforeEach(() => start());
const outcomes = () => recoverOnce(gateway);
const find = async (code: string): Promise<Json> =>
  (
    await gateway.run(
      `query ($code: String!) { promoCodeByCode(code: $code) { id customerId planId gatewayRules perCustomerLimit
        minimumOrder { minorUnits } } }`,
      { code },
    )
  ).promoCodeByCode;
const stranger = (code: string, id: string) => ({
  code,
  customerId: 'stranger',
  order: { id, amount: { minorUnits: 1, currency: 'USD' } },
});

it('a code whose creation is in doubt has its gateway rules from the start', async () => {
  gateway.flexprice.fail({ ...LOST, path: /coupons$/ });
  expect(await shop.tryCreatePromoCode(VIP)).toMatchObject({ __typename: 'PromotionProviderError' });
  for (const id of ['A', 'B']) {
    expect(await shop.redeem(stranger('vip', id))).toMatchObject({ reason: 'CUSTOMER_NOT_ELIGIBLE' });
  }
  const poor = { ...stranger('vip', 'C'), customerId: 'vip' };
  expect(await shop.redeem(poor)).toMatchObject({ reason: 'MINIMUM_NOT_MET' });
  expect(await outcomes()).toEqual(['FINISHED']);
  expect(await find('vip')).toMatchObject({
    gatewayRules: ['PER_CUSTOMER_LIMIT', 'CUSTOMER', 'MINIMUM_ORDER'],
    perCustomerLimit: 1,
  });
});

it('a code that is read before its creation is answered already has its gateway rules', async () => {
  const { isSent, answer } = delayAnswer(gateway.flexprice, { method: 'POST', path: /coupons$/ });
  const creating = shop.tryCreatePromoCode(VIP);
  await isSent;
  expect(await shop.redeem(stranger('vip', 'A'))).toMatchObject({ reason: 'CUSTOMER_NOT_ELIGIBLE' });
  await synchroniseOnce(gateway, 'FLEXPRICE');
  expect(await shop.redeem(stranger('vip', 'B'))).toMatchObject({ reason: 'CUSTOMER_NOT_ELIGIBLE' });
  answer();
  expect(await creating).toMatchObject({ __typename: 'CreatePromoCodePayload' });
  expect(await shop.redeem(stranger('vip', 'C'))).toMatchObject({ reason: 'CUSTOMER_NOT_ELIGIBLE' });
});

it('a coupon that is read before its creation is recorded already has its gateway rules', async () => {
  gateway.chatdash.fail({ ...LOST, path: /coupons$/ });
  await shop.tryCreateCoupon({ name: 'Soon', startsAt: shop.inSeconds(3600), allowGatewayRules: true });
  await synchroniseOnce(gateway, 'STRIPE_CONNECT');
  const { coupons } = await gateway.run('{ coupons { nodes { id status gatewayRules } } }');
  expect(coupons?.nodes).toMatchObject([{ status: 'SCHEDULED', gatewayRules: ['STARTS_AT'] }]);
  const redeemed = await shop.redeemCoupon({ couponId: coupons?.nodes[0]?.id, order: { id: 'A' } });
  expect(redeemed).toMatchObject({ reason: 'NOT_STARTED' });
});

it('coupons with the same terms that are created in parallel keep their own gateway rules', async () => {
  const starts = [1, 2, 3, 4].map((hours) => shop.inSeconds(hours * 3600));
  await Promise.all(starts.map((startsAt) => shop.createCoupon({ name: 'Same', startsAt })));
  const { coupons } = await gateway.run('{ coupons { nodes { startsAt } } }');
  expect(coupons?.nodes.map(({ startsAt }) => startsAt).sort()).toEqual(starts);
});

it('a coupon that is read before its creation is recorded keeps the metadata that the gateway stores', async () => {
  gateway.chatdash.fail({ ...LOST, path: /coupons$/ });
  const metadata = { team: 'checkout' };
  await shop.tryCreateCoupon({ name: 'Noted', metadata });
  await synchroniseOnce(gateway, 'STRIPE_CONNECT');
  expect(await outcomes()).toEqual(['FINISHED']);
  const { coupons } = await gateway.run('{ coupons { nodes { metadata } } }');
  expect(coupons?.nodes).toEqual([{ metadata }]);
});

it("a code that turns out to be another person's keeps the gateway rules that were set later", async () => {
  gateway.flexprice.fail({ kind: 'hang-up', method: 'POST', path: /coupons$/ });
  await shop.tryCreatePromoCode(VIP);
  await makeVipAtFlexprice();
  const { id } = await find('vip');
  await shop.update({ id, perCustomerLimit: 5 });
  gateway.advance(61_000);
  expect(await outcomes()).toEqual(['NOT_MADE']);
  expect(await find('vip')).toMatchObject({
    gatewayRules: ['PER_CUSTOMER_LIMIT'],
    perCustomerLimit: 5,
    customerId: null,
  });
});

it("a code that turns out to be another person's loses the gateway rules of the creation", async () => {
  gateway.flexprice.fail({ kind: 'hang-up', method: 'POST', path: /coupons$/ });
  await shop.tryCreatePromoCode(VIP);
  await makeVipAtFlexprice();
  expect(await shop.redeem(stranger('vip', 'A'))).toMatchObject({ reason: 'CUSTOMER_NOT_ELIGIBLE' });
  gateway.advance(61_000);
  expect(await outcomes()).toEqual(['NOT_MADE']);
  expect(await find('vip')).toMatchObject({ gatewayRules: [], customerId: null });
  expect(await shop.redeem(stranger('vip', 'A'))).toMatchObject({ redemption: { status: 'REDEEMED' } });
});

it('recovery of a creation keeps the restrictions that the answer omits', async () => {
  await start({ chatdash: { restrictions: 'blank' } });
  gateway.chatdash.fail({ ...LOST, path: /promotion-codes$/ });
  const minimumOrder = { minorUnits: 10_000, currency: 'USD' };
  await shop.tryCreatePromoCode({
    provider: 'STRIPE_CONNECT',
    code: 'LOST',
    discount: { percentage: '50' },
    minimumOrder,
  });
  expect(await outcomes()).toEqual(['FINISHED']);
  expect(await find('lost')).toMatchObject({ minimumOrder: { minorUnits: 10_000 } });
  const order = { id: 'A', amount: { minorUnits: 1, currency: 'USD' } };
  expect(await shop.redeem({ code: 'LOST', order })).toMatchObject({ reason: 'MINIMUM_NOT_MET' });
});

it.each(['by hand', 'by a replay'])(
  'the plan that Duro never returns is kept when a creation is settled %s',
  async (how) => {
    gateway.duro.fail(LOST);
    await shop.tryCreatePromoCode({
      provider: 'DURO',
      code: 'PLAN',
      planId: 'plan_pro',
      discount: { percentage: '50' },
    });
    const providerId = await idAtDuro(gateway);
    // Another caller reads the code by its provider id meanwhile.
    await gateway.run('query ($id: ID!) { promoCodeByProviderId(provider: DURO, providerId: $id) { id } }', {
      id: providerId,
    });
    const [left] = await gateway.gateway.store.pendingWrites.all();
    if (how === 'by hand') {
      expect(await settleManually(gateway.gateway, left?.id ?? '', { made: providerId })).toBe('SETTLED');
    } else expect(await outcomes()).toEqual(['FINISHED']);
    expect(await find('plan')).toMatchObject({ planId: 'plan_pro' });
    const other = { id: 'A', planId: 'plan_free' };
    expect(await shop.redeem({ code: 'PLAN', order: other })).toMatchObject({ reason: 'PLAN_NOT_ELIGIBLE' });
  },
);

/** Creates a code as a person does in the dashboard, while the outcome of the gateway's own creation is unknown. */
async function makeVipAtFlexprice(): Promise<void> {
  const body = { name: 'vip', coupon_code: 'vip', type: 'percentage', percentage_off: '10', cadence: 'once' };
  idOf(await flexpriceClient(gateway.flexprice)('POST', '/coupons', body));
}
