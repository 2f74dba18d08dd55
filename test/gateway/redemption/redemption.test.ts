import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Json, type RunningGateway, startGateway } from '../../support/start-gateway.ts';

let gateway: RunningGateway;
let keys = 0;
const key = () => `key-${++keys}`;

beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const CREATE = `mutation ($input: CreatePromoCodeInput!) {
  createPromoCode(input: $input) {
    __typename
    ... on CreatePromoCodePayload { replayed promoCode { id code providerId coupon { id } } }
    ... on PromotionError { message }
  }
}`;
const FIELDS = `__typename
  ... on RedeemPayload {
    replayed
    redemption {
      id status customerId orderId countedByProvider cancelReason heldUntil redeemedAt cancelledAt
      discountAmount { minorUnits currency }
      promotion { redeemedCount heldCount remaining status }
    }
  }
  ... on RedemptionRefusedError { reason message shortfall { minorUnits } retryAfterSeconds }
  ... on PromotionError { message }`;
const UNSUPPORTED = '... on UnsupportedByProviderError { fields }';
const REDEEM = `mutation ($input: RedeemPromoCodeInput!) { redeemPromoCode(input: $input) { ${FIELDS} ${UNSUPPORTED} } }`;
const HOLD = `mutation ($input: HoldPromoCodeInput!) { holdPromoCode(input: $input) { ${FIELDS} } }`;
const CONFIRM = `mutation ($input: ConfirmRedemptionInput!) { confirmRedemption(input: $input) { ${FIELDS} } }`;
const CANCEL = `mutation ($input: CancelRedemptionInput!) { cancelRedemption(input: $input) { ${FIELDS} } }`;
const REDEEM_COUPON = `mutation ($input: RedeemCouponInput!) { redeemCoupon(input: $input) { ${FIELDS} } }`;
const QUOTE = `query ($input: QuotePromoCodeInput!) {
  quotePromoCode(input: $input) {
    ... on PromoCodeQuote {
      eligible refusal { reason } promoCode { code }
      discountAmount { minorUnits } payableAmount { minorUnits }
    }
  }
}`;

async function create(input: Record<string, unknown>): Promise<Json> {
  const { createPromoCode } = await gateway.run(CREATE, {
    input: { provider: 'DURO', discount: { percentage: '10' }, ...input },
  });
  expect(createPromoCode).toMatchObject({ __typename: 'CreatePromoCodePayload' });
  return createPromoCode.promoCode;
}
async function redeem(input: Record<string, unknown>): Promise<Json> {
  return (await gateway.run(REDEEM, { input: { idempotencyKey: key(), ...input } })).redeemPromoCode;
}
async function hold(input: Record<string, unknown>): Promise<Json> {
  return (await gateway.run(HOLD, { input: { idempotencyKey: key(), ...input } })).holdPromoCode;
}
async function settle(mutation: string, input: Record<string, unknown>): Promise<Json> {
  const data = await gateway.run(mutation, { input });
  return data.confirmRedemption ?? data.cancelRedemption;
}
const naira = (minorUnits: number) => ({ minorUnits, currency: 'NGN' });

describe.each([
  ['DURO', 'NGN'],
  ['FLEXPRICE', 'USD'],
  ['STRIPE_CONNECT', 'USD'],
])('at %s', (provider, currency) => {
  it('a code is redeemed as often as its limit allows, and no more', async () => {
    const { code } = await create({ provider, code: `LIMIT-${provider.replace('_', '-')}`, maxRedemptions: 2 });
    const order = { amount: { minorUnits: 999, currency } };
    expect(await redeem({ code, order })).toMatchObject({
      replayed: false,
      redemption: {
        status: 'REDEEMED',
        countedByProvider: false,
        discountAmount: { minorUnits: 100, currency },
        promotion: { redeemedCount: 1, remaining: 1 },
      },
    });
    expect(await redeem({ code: ` ${code.toUpperCase()} ` })).toMatchObject({
      redemption: { promotion: { remaining: 0, status: 'EXHAUSTED' } },
    });
    expect(await redeem({ code })).toMatchObject({ reason: 'EXHAUSTED' });
  });

  it('uses made at the provider itself count as well', async () => {
    const { code, providerId } = await create({ provider, maxRedemptions: 2 });
    const sandbox = { DURO: gateway.duro, FLEXPRICE: gateway.flexprice, STRIPE_CONNECT: gateway.chatdash }[provider];
    sandbox?.redeem(providerId, 1);
    gateway.advance(61_000);
    expect(await redeem({ code })).toMatchObject({ redemption: { promotion: { redeemedCount: 2, remaining: 0 } } });
    expect(await redeem({ code })).toMatchObject({ reason: 'EXHAUSTED' });
  });

  it('parallel redemptions never pass the limit', async () => {
    const { code, id } = await create({ provider, maxRedemptions: 5 });
    const answers = await Promise.all(Array.from({ length: 40 }, () => redeem({ code })));
    expect(answers.filter(({ __typename }) => __typename === 'RedeemPayload')).toHaveLength(5);
    expect(answers.filter(({ reason }) => reason === 'EXHAUSTED')).toHaveLength(35);
    const { promoCode } = await gateway.run('query ($id: ID!) { promoCode(id: $id) { redeemedCount } }', { id });
    expect(promoCode.redeemedCount).toBe(5);
  });
});

describe('an idempotency key', () => {
  it('gives the same redemption again, and uses nothing twice', async () => {
    const { code } = await create({ maxRedemptions: 5 });
    const idempotencyKey = key();
    const first = await redeem({ code, idempotencyKey });
    const again = await redeem({ code, idempotencyKey });
    expect(again).toMatchObject({ replayed: true, redemption: { id: first.redemption.id } });
    expect(again.redemption.promotion.redeemedCount).toBe(1);
  });

  it('is refused for another input, and for another mutation', async () => {
    const { code } = await create({});
    const idempotencyKey = key();
    await redeem({ code, idempotencyKey });
    const other = { __typename: 'IdempotencyConflictError' };
    expect(await redeem({ code, idempotencyKey, customerId: 'cus_1' })).toMatchObject(other);
    expect(await hold({ code, idempotencyKey })).toMatchObject(other);
  });

  it('is left free by a refusal', async () => {
    const { code } = await create({ maxRedemptions: 1 });
    const { redemption } = await redeem({ code });
    const idempotencyKey = key();
    expect(await redeem({ code, idempotencyKey })).toMatchObject({ reason: 'EXHAUSTED' });
    await settle(CANCEL, { id: redemption.id });
    expect(await redeem({ code, idempotencyKey })).toMatchObject({ replayed: false });
  });

  it('used by parallel calls has one effect', async () => {
    const { code } = await create({ maxRedemptions: 5 });
    const idempotencyKey = key();
    const answers = await Promise.all(Array.from({ length: 10 }, () => redeem({ code, idempotencyKey })));
    expect(new Set(answers.map(({ redemption }) => redemption.id)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
  });
});

describe('a hold', () => {
  it('keeps a use from others until it runs out by itself', async () => {
    const { code } = await create({ maxRedemptions: 1 });
    expect(await hold({ code, holdSeconds: 60 })).toMatchObject({
      redemption: { status: 'HELD', promotion: { heldCount: 1, remaining: 0, status: 'ACTIVE' } },
    });
    expect(await redeem({ code })).toMatchObject({ reason: 'EXHAUSTED', retryAfterSeconds: 60 });
    gateway.advance(60_000);
    expect(await redeem({ code })).toMatchObject({ redemption: { status: 'REDEEMED' } });
  });

  it('never stands in the way of its own order, and takes its new amount', async () => {
    const { code } = await create({ maxRedemptions: 1 });
    const held = await hold({ code, order: { id: 'order-a', amount: naira(1000) } });
    const again = await hold({ code, order: { id: 'order-a', amount: naira(2000) } });
    expect(again).toMatchObject({ redemption: { id: held.redemption.id, discountAmount: { minorUnits: 200 } } });
    const { quotePromoCode } = await gateway.run(QUOTE, {
      input: { code, order: { id: 'order-a', amount: naira(3000) } },
    });
    expect(quotePromoCode).toMatchObject({ eligible: true, payableAmount: { minorUnits: 2700 } });
    expect(await redeem({ code, order: { id: 'order-a', amount: naira(4000) } })).toMatchObject({
      redemption: { id: held.redemption.id, status: 'REDEEMED', promotion: { heldCount: 0, redeemedCount: 1 } },
    });
  });

  it('of an order that has redeemed is that redemption', async () => {
    const { code } = await create({});
    const { redemption } = await redeem({ code, order: { id: 'order-b' } });
    expect(await hold({ code, order: { id: 'order-b' } })).toMatchObject({
      replayed: true,
      redemption: { id: redemption.id, status: 'REDEEMED' },
    });
  });

  it('is confirmed whatever has become of the code since, and once', async () => {
    const { code, id } = await create({});
    const { redemption } = await hold({ code });
    await gateway.run('mutation ($input: UpdatePromoCodeInput!) { updatePromoCode(input: $input) { __typename } }', {
      input: { id, active: false },
    });
    expect(await settle(CONFIRM, { id: redemption.id, countedByProvider: true })).toMatchObject({
      redemption: { status: 'REDEEMED', countedByProvider: true, promotion: { redeemedCount: 1, heldCount: 0 } },
    });
    expect(await settle(CONFIRM, { id: redemption.id })).toMatchObject({ __typename: 'PromotionConflictError' });
  });

  it('that ran out is not confirmed', async () => {
    const { code } = await create({});
    const { redemption } = await hold({ code, holdSeconds: 1 });
    gateway.advance(1000);
    expect(await settle(CONFIRM, { id: redemption.id })).toMatchObject({ __typename: 'PromotionConflictError' });
    const { redemption: shown } = await gateway.run('query ($id: ID!) { redemption(id: $id) { status } }', {
      id: redemption.id,
    });
    expect(shown.status).toBe('EXPIRED');
  });
});

describe('cancelling', () => {
  it('gives the use back, once, with its reason', async () => {
    const { code } = await create({ maxRedemptions: 1 });
    const { redemption } = await redeem({ code });
    expect(await settle(CANCEL, { id: redemption.id, reason: 'payment failed' })).toMatchObject({
      redemption: {
        status: 'CANCELLED',
        cancelReason: 'payment failed',
        promotion: { redeemedCount: 0, remaining: 1 },
      },
    });
    expect(await settle(CANCEL, { id: redemption.id })).toMatchObject({ __typename: 'PromotionConflictError' });
  });

  it('keeps a use that the provider has counted', async () => {
    const { code } = await create({ maxRedemptions: 2 });
    const { redemption } = await hold({ code });
    await settle(CONFIRM, { id: redemption.id, countedByProvider: true });
    expect(await settle(CANCEL, { id: redemption.id })).toMatchObject({
      redemption: { status: 'CANCELLED', promotion: { redeemedCount: 1, remaining: 1 } },
    });
  });

  it('of what does not exist says so', async () => {
    expect(await settle(CANCEL, { id: 'nothing' })).toMatchObject({ __typename: 'PromotionNotFoundError' });
  });
});

describe('a customer', () => {
  it('is held to the limit of each, and a guest is asked to be one', async () => {
    const { code } = await create({ perCustomerLimit: 1 });
    expect(await redeem({ code })).toMatchObject({ reason: 'CUSTOMER_REQUIRED' });
    const { redemption } = await redeem({ code, customerId: 'cus_1' });
    expect(await redeem({ code, customerId: 'cus_1' })).toMatchObject({ reason: 'CUSTOMER_LIMIT_REACHED' });
    expect(await redeem({ code, customerId: 'cus_2' })).toMatchObject({ redemption: { customerId: 'cus_2' } });
    await settle(CANCEL, { id: redemption.id });
    expect(await redeem({ code, customerId: 'cus_1' })).toMatchObject({ redemption: { status: 'REDEEMED' } });
  });
});

describe('a coupon', () => {
  it('counts the uses of all its codes against its own limit, and its own uses too', async () => {
    const { createCoupon } = await gateway.run(
      `mutation { createCoupon(input: { provider: STRIPE_CONNECT, name: "Shared", discount: { percentage: "20" },
        maxRedemptions: 3 }) { ... on CreateCouponPayload { coupon { id } } } }`,
    );
    const couponId = createCoupon.coupon.id;
    const one = await create({ provider: 'STRIPE_CONNECT', discount: undefined, couponId });
    const two = await create({ provider: 'STRIPE_CONNECT', discount: undefined, couponId });
    await redeem({ code: one.code });
    expect(await redeem({ code: two.code })).toMatchObject({ redemption: { promotion: { remaining: 1 } } });
    const { redeemCoupon } = await gateway.run(REDEEM_COUPON, { input: { couponId, idempotencyKey: key() } });
    expect(redeemCoupon).toMatchObject({ redemption: { promotion: { redeemedCount: 3, remaining: 0 } } });
    expect(await redeem({ code: one.code })).toMatchObject({ reason: 'EXHAUSTED' });
    const { coupon } = await gateway.run(
      'query ($id: ID!) { coupon(id: $id) { status redemptions { totalCount } promoCodes { nodes { status } } } }',
      { id: couponId },
    );
    expect(coupon).toEqual({
      status: 'EXHAUSTED',
      redemptions: { totalCount: 3 },
      promoCodes: { nodes: [{ status: 'EXHAUSTED' }, { status: 'EXHAUSTED' }] },
    });
  });
});

describe('applied to a subscription', () => {
  it('a Flexprice code is counted by the provider, once', async () => {
    const { code, providerId } = await create({ provider: 'FLEXPRICE', maxRedemptions: 2 });
    expect(await redeem({ code, subscriptionId: 'subs_1' })).toMatchObject({
      redemption: { status: 'REDEEMED', countedByProvider: true, promotion: { redeemedCount: 1, remaining: 1 } },
    });
    expect(gateway.flexprice.redeemed(providerId)).toBe(1);
  });

  it('a use that the provider refuses is given back', async () => {
    const { code } = await create({ provider: 'FLEXPRICE', maxRedemptions: 2 });
    await redeem({ code, subscriptionId: 'subs_2' });
    expect(await redeem({ code, subscriptionId: 'subs_2' })).toMatchObject({ reason: 'REFUSED_BY_PROVIDER' });
    expect(await redeem({ code })).toMatchObject({ redemption: { promotion: { redeemedCount: 2, heldCount: 0 } } });
  });

  it('so is a Flexprice coupon itself', async () => {
    const { createCoupon } = await gateway.run(
      `mutation { createCoupon(input: { provider: FLEXPRICE, name: "Ten", discount: { percentage: "10" } })
        { ... on CreateCouponPayload { coupon { id providerId } } } }`,
    );
    const { id, providerId } = createCoupon.coupon;
    const { redeemCoupon } = await gateway.run(REDEEM_COUPON, {
      input: { couponId: id, subscriptionId: 'subs_3', idempotencyKey: key() },
    });
    expect(redeemCoupon).toMatchObject({ redemption: { countedByProvider: true, promotion: { redeemedCount: 1 } } });
    expect(gateway.flexprice.redeemed(providerId)).toBe(1);
    expect(await settle(CANCEL, { id: redeemCoupon.redemption.id })).toMatchObject({
      redemption: { status: 'CANCELLED', promotion: { redeemedCount: 1 } },
    });
  });

  it('is unsupported where the provider has no such call', async () => {
    const { code } = await create({ provider: 'DURO' });
    expect(await redeem({ code, subscriptionId: 'sub_1' })).toMatchObject({
      __typename: 'UnsupportedByProviderError',
      fields: ['subscriptionId'],
    });
  });
});

it.each([' wide-50 ', 'WIDE-50', 'ｗｉｄｅ－５０'])('a customer may type %j for wide-50', async (typed) => {
  const { id } =
    (await gateway.run('{ promoCodeByCode(code: "wide-50") { id } }')).promoCodeByCode ??
    (await create({ code: 'Wide-50' }));
  expect((await redeem({ code: typed })).redemption.promotion.redeemedCount).toBeGreaterThan(0);
  const { promoCodeByCode, promoCodes } = await gateway.run(
    'query ($code: String!) { promoCodeByCode(code: $code) { id } promoCodes(filter: { code: $code }) { nodes { id } } }',
    { code: typed },
  );
  expect([promoCodeByCode.id, promoCodes.nodes[0].id]).toEqual([id, id]);
});

describe('a quote', () => {
  it('gives the verdict of redeeming, and writes nothing', async () => {
    const { code } = await create({ maxRedemptions: 1 });
    const input = { code, order: { amount: naira(9_999) } };
    const before = await gateway.run('{ redemptions { totalCount } }');
    expect((await gateway.run(QUOTE, { input })).quotePromoCode).toEqual({
      eligible: true,
      refusal: null,
      promoCode: { code },
      discountAmount: { minorUnits: 1000 },
      payableAmount: { minorUnits: 8999 },
    });
    expect(await gateway.run('{ redemptions { totalCount } }')).toEqual(before);
    await redeem({ code });
    expect((await gateway.run(QUOTE, { input })).quotePromoCode).toMatchObject({
      eligible: false,
      refusal: { reason: 'EXHAUSTED' },
      discountAmount: null,
    });
  });

  it('of an unknown code is NOT_FOUND, and of one that two providers can redeem AMBIGUOUS_CODE', async () => {
    await create({ provider: 'DURO', code: 'TWICE' });
    await create({ provider: 'FLEXPRICE', code: 'TWICE' });
    const quote = async (input: Record<string, unknown>) => (await gateway.run(QUOTE, { input })).quotePromoCode;
    expect(await quote({ code: 'NOWHERE' })).toMatchObject({ refusal: { reason: 'NOT_FOUND' } });
    expect(await quote({ code: 'Twice' })).toMatchObject({ refusal: { reason: 'AMBIGUOUS_CODE' } });
    expect(await quote({ code: 'TWICE', provider: 'FLEXPRICE' })).toMatchObject({ eligible: true });
  });
});
