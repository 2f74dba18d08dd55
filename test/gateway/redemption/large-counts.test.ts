import { describe, expect, it } from 'vitest';
import { sharedGateway } from '../../support/gateways.ts';
import { payloadOf } from '../../support/mutations.ts';
import { openShop } from '../../support/shop.ts';
import type { Json } from '../../support/start-gateway.ts';

/** Above the range of GraphQL's Int. */
const MANY = 3_000_000_000;

const gateway = await sharedGateway();

const shop = openShop(gateway);
const SHOWN = 'id maxRedemptions redeemedCount heldCount remaining';

describe('counts and limits above 2^31', () => {
  it('are stored by a provider, and shown in single reads and in lists', async () => {
    const duro = await shop.createPromoCode({ code: 'MANY', maxRedemptions: 2 * MANY });
    expect(duro).toMatchObject({ maxRedemptions: 2 * MANY, remaining: 2 * MANY, gatewayRules: [] });
    gateway.duro.redeem(duro.providerId, MANY);
    const coupon = await shop.createCoupon({ name: 'Many', maxRedemptions: 2 * MANY });
    expect(coupon).toMatchObject({ maxRedemptions: 2 * MANY, remaining: 2 * MANY, gatewayRules: [] });
    const { id: couponId, providerId } = coupon;
    const limits = { maxRedemptions: MANY, perCustomerLimit: MANY };
    const code = await shop.createPromoCode({ provider: 'STRIPE_CONNECT', code: 'MANYCD', couponId, ...limits });
    expect(code).toMatchObject({ maxRedemptions: MANY, perCustomerLimit: MANY, remaining: MANY });
    gateway.chatdash.redeem(providerId, MANY);

    const shown = { maxRedemptions: 2 * MANY, redeemedCount: MANY, heldCount: 0, remaining: MANY };
    const read = `query ($code: ID!, $coupon: ID!) {
      promoCode(id: $code, policy: FRESH) { ${SHOWN} }
      coupon(id: $coupon, policy: FRESH) { ${SHOWN} }
    }`;
    const data = await gateway.run(read, { code: duro.id, coupon: couponId });
    expect(data.promoCode).toMatchObject(shown);
    expect(data.coupon).toMatchObject(shown);
    const lists = await gateway.run(`{
      promoCodes(orderBy: REDEEMED_COUNT_DESC) { nodes { ${SHOWN} code } }
      coupons { nodes { ${SHOWN} name promoCodes { nodes { code } } } }
    }`);
    expect(lists.promoCodes?.nodes[0]).toMatchObject({ code: 'MANY', ...shown });
    expect(lists.coupons?.nodes).toMatchObject([
      { name: 'Many', ...shown, promoCodes: { nodes: [{ code: 'MANYCD' }] } },
    ]);
  });

  it('include the redemptions of the gateway, and can be changed', async () => {
    const { redemption } = payloadOf(await shop.redeem({ code: 'many' }));
    const { id, ...counts } = redemption.promotion;
    expect(counts).toMatchObject({ redeemedCount: MANY + 1, remaining: MANY - 1 });
    const limits = { maxRedemptions: 3 * MANY, perCustomerLimit: Number.MAX_SAFE_INTEGER };
    expect(await shop.tryUpdatePromoCode({ id, ...limits })).toMatchObject({ promoCode: limits });
  });

  it('are refused where the provider cannot carry them, unless the gateway may enforce them', async () => {
    const wanted = { provider: 'FLEXPRICE', code: 'MANYFP', maxRedemptions: MANY };
    expect(await shop.tryCreatePromoCode(wanted)).toMatchObject({
      __typename: 'UnsupportedByProviderError',
      fields: ['maxRedemptions'],
    });
    expect(await shop.createPromoCode({ ...wanted, allowGatewayRules: true })).toMatchObject({
      maxRedemptions: MANY,
      remaining: MANY,
      gatewayRules: ['MAX_REDEMPTIONS'],
    });
  });
});

it.each([0, -1, 1.5, 2 ** 53, 1e21, 1e300])('a limit of %d is an input error that names its field', async (limit) => {
  const limits = { maxRedemptions: limit, perCustomerLimit: limit };
  const calls = gateway.callsToProviders();
  const code = await shop.tryCreatePromoCode(limits);
  expect(code.issues).toMatchObject([{ path: ['input', 'maxRedemptions'] }, { path: ['input', 'perCustomerLimit'] }]);
  const coupon = await shop.tryCreateCoupon({ provider: 'DURO', maxRedemptions: limit });
  expect(coupon.issues).toMatchObject([{ path: ['input', 'maxRedemptions'] }]);
  const update = await shop.tryUpdatePromoCode({ id: 'x', ...limits });
  expect(update.issues).toMatchObject([{ path: ['input', 'maxRedemptions'] }, { path: ['input', 'perCustomerLimit'] }]);
  expect(gateway.callsToProviders()).toBe(calls);
});

it("a duration that exceeds GraphQL's Int is null, and the rest of the answer is unaffected", async () => {
  const duration = { kind: 'REPEATING', count: 2 ** 31 - 1 };
  const promoCode = await shop.createPromoCode({ provider: 'FLEXPRICE', code: 'LONGRUN', duration });
  const body: Json = {
    id: promoCode.providerId,
    name: 'LONGRUN',
    type: 'percentage',
    cadence: 'repeated',
    duration_in_periods: MANY,
    percentage_off: '10',
    amount_off: '0',
    currency: '',
    coupon_code: 'longrun',
    max_redemptions: null,
    total_redemptions: MANY,
    status: 'published',
    created_at: new Date(gateway.now()).toISOString(),
  };
  gateway.flexprice.fail({ kind: 'answer', status: 200, body: { items: [body], pagination: { total: 1 } } });
  const data = await gateway.run(
    'query ($id: ID!) { promoCode(id: $id, policy: FRESH) { redeemedCount duration { kind count } } }',
    {
      id: promoCode.id,
    },
  );
  expect(data.promoCode).toEqual({ redeemedCount: MANY, duration: { kind: 'REPEATING', count: null } });
});
