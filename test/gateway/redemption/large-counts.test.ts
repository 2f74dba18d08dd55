import { describe, expect, it } from 'vitest';
import { sharedGateway } from '../../support/gateways.ts';
import type { Json } from '../../support/start-gateway.ts';

/** More than GraphQL's Int can show. */
const MANY = 3_000_000_000;

const gateway = await sharedGateway();

const SHARED = 'id providerId maxRedemptions redeemedCount heldCount remaining gatewayRules';
const COUPON = `${SHARED} name`;
const CODE = `${SHARED} code perCustomerLimit`;
const ERRORS = `... on UnsupportedByProviderError { fields }
  ... on PromotionInputError { issues { path message } }`;

async function createPromoCode(input: Json): Promise<Json> {
  const made = await gateway.run(
    `mutation ($input: CreatePromoCodeInput!) { createPromoCode(input: $input) { __typename
      ... on CreatePromoCodePayload { promoCode { ${CODE} } } ${ERRORS} } }`,
    { input },
  );
  return made.createPromoCode;
}

async function createCoupon(input: Json): Promise<Json> {
  const made = await gateway.run(
    `mutation ($input: CreateCouponInput!) { createCoupon(input: $input) { __typename
      ... on CreateCouponPayload { coupon { ${COUPON} } } ${ERRORS} } }`,
    { input },
  );
  return made.createCoupon;
}

const discount = { percentage: '10' };

describe('counts and limits above 2^31', () => {
  it('are kept by a provider, and shown alone and in lists', async () => {
    const duro = await createPromoCode({
      provider: 'DURO',
      code: 'MANY',
      discount,
      maxRedemptions: 2 * MANY,
    });
    expect(duro.promoCode).toMatchObject({ maxRedemptions: 2 * MANY, remaining: 2 * MANY, gatewayRules: [] });
    gateway.duro.redeem(duro.promoCode.providerId, MANY);
    const coupon = await createCoupon({
      provider: 'STRIPE_CONNECT',
      name: 'Many',
      discount,
      maxRedemptions: 2 * MANY,
    });
    expect(coupon.coupon).toMatchObject({ maxRedemptions: 2 * MANY, remaining: 2 * MANY, gatewayRules: [] });
    const { id: couponId, providerId } = coupon.coupon;
    const code = await createPromoCode({
      provider: 'STRIPE_CONNECT',
      code: 'MANYCD',
      couponId,
      maxRedemptions: MANY,
      perCustomerLimit: MANY,
    });
    expect(code.promoCode).toMatchObject({ maxRedemptions: MANY, perCustomerLimit: MANY, remaining: MANY });
    gateway.chatdash.redeem(providerId, MANY);

    const shown = { maxRedemptions: 2 * MANY, redeemedCount: MANY, heldCount: 0, remaining: MANY };
    const read = `query ($code: ID!, $coupon: ID!) {
      promoCode(id: $code, policy: FRESH) { ${CODE} }
      coupon(id: $coupon, policy: FRESH) { ${COUPON} }
    }`;
    const data = await gateway.run(read, { code: duro.promoCode.id, coupon: couponId });
    expect(data.promoCode).toMatchObject(shown);
    expect(data.coupon).toMatchObject(shown);
    const lists = await gateway.run(`{
      promoCodes(orderBy: REDEEMED_COUNT_DESC) { nodes { ${CODE} } }
      coupons { nodes { ${COUPON} promoCodes { nodes { ${CODE} } } } }
    }`);
    expect(lists.promoCodes.nodes[0]).toMatchObject({ code: 'MANY', ...shown });
    expect(lists.coupons.nodes).toMatchObject([
      { name: 'Many', ...shown, promoCodes: { nodes: [{ code: 'MANYCD' }] } },
    ]);
  });

  it('are counted with the uses here, and changed', async () => {
    const { redeemPromoCode } = await gateway.run(
      `mutation { redeemPromoCode(input: { code: "many", idempotencyKey: "many-1" }) { ... on RedeemPayload {
        redemption { promotion { ${SHARED} } } } } }`,
    );
    const { id, ...counts } = redeemPromoCode.redemption.promotion;
    expect(counts).toMatchObject({ redeemedCount: MANY + 1, remaining: MANY - 1 });
    const { updatePromoCode } = await gateway.run(
      `mutation ($input: UpdatePromoCodeInput!) { updatePromoCode(input: $input) {
        ... on UpdatePromoCodePayload { promoCode { ${CODE} } } } }`,
      { input: { id, maxRedemptions: 3 * MANY, perCustomerLimit: Number.MAX_SAFE_INTEGER } },
    );
    expect(updatePromoCode.promoCode).toMatchObject({
      maxRedemptions: 3 * MANY,
      perCustomerLimit: Number.MAX_SAFE_INTEGER,
    });
  });

  it('are refused where the provider cannot carry them, unless the gateway may enforce them', async () => {
    const wanted = { provider: 'FLEXPRICE', code: 'MANYFP', discount, maxRedemptions: MANY };
    expect(await createPromoCode(wanted)).toEqual({
      __typename: 'UnsupportedByProviderError',
      fields: ['maxRedemptions'],
    });
    const { promoCode } = await createPromoCode({ ...wanted, allowGatewayRules: true });
    expect(promoCode).toMatchObject({ maxRedemptions: MANY, remaining: MANY, gatewayRules: ['MAX_REDEMPTIONS'] });
  });
});

it.each([0, -1, 1.5, 2 ** 53, 1e21, 1e300])('a limit of %d is bad input, with its path', async (limit) => {
  const input = { provider: 'DURO', discount, maxRedemptions: limit, perCustomerLimit: limit };
  const calls = gateway.callsToProviders();
  const code = await createPromoCode(input);
  expect(code.issues).toMatchObject([{ path: ['input', 'maxRedemptions'] }, { path: ['input', 'perCustomerLimit'] }]);
  const coupon = await createCoupon({ provider: 'DURO', name: 'None', discount, maxRedemptions: limit });
  expect(coupon.issues).toMatchObject([{ path: ['input', 'maxRedemptions'] }]);
  const { updatePromoCode } = await gateway.run(
    `mutation ($input: UpdatePromoCodeInput!) { updatePromoCode(input: $input) {
      ... on PromotionInputError { issues { path } } } }`,
    { input: { id: 'x', maxRedemptions: limit, perCustomerLimit: limit } },
  );
  expect(updatePromoCode.issues).toEqual([
    { path: ['input', 'maxRedemptions'] },
    { path: ['input', 'perCustomerLimit'] },
  ]);
  expect(gateway.callsToProviders()).toBe(calls);
});

it('a duration that a provider counts in more than GraphQL can show leaves the rest of the answer whole', async () => {
  const { promoCode } = await createPromoCode({
    provider: 'FLEXPRICE',
    code: 'LONGRUN',
    discount,
    duration: { kind: 'REPEATING', count: 2 ** 31 - 1 },
  });
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
