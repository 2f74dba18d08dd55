import { describe, expect, it } from 'vitest';
import { flexpriceClient } from '../../simulators/client.ts';
import { officialClient } from '../../simulators/stripe/open-stripe.ts';
import { sharedGateway } from '../../support/gateways.ts';
import { payloadOf } from '../../support/mutations.ts';
import { isWrite, openShop } from '../../support/shop.ts';
import type { Json } from '../../support/start-gateway.ts';

const gateway = await sharedGateway();
const shop = openShop(gateway);

const create = (input: Json = {}) => shop.createPromoCode({ provider: 'FLEXPRICE', ...input });
const createCoupon = (input: Json = {}) => shop.createCoupon({ provider: 'FLEXPRICE', ...input });
const atFlexprice = (method: string, { providerId }: Json) =>
  flexpriceClient(gateway.flexprice)(method, `/coupons/${providerId}`);

/** The number of uses, and the held counts of all promo codes and coupons. */
async function taken(): Promise<Json> {
  return gateway.run(`{
    redemptions(filter: { status: [REDEEMED, HELD] }) { totalCount }
    promoCodes(first: 100) { nodes { id heldCount } }
    coupons(first: 100) { nodes { id heldCount } }
  }`);
}

/** Expects that the provider refuses one call, that no use is taken, and that the key can be used for another input. */
async function expectRefused(
  reason: string,
  { redeem, use, next }: { redeem: (input: Json) => Promise<Json>; use: Json; next: () => Promise<Json> },
): Promise<void> {
  const idempotencyKey = shop.newKey();
  const before = await taken();
  const calls = gateway.flexprice.calls.length;
  const refused = await redeem({ ...use, idempotencyKey });
  expect(refused).toMatchObject({ reason, shortfall: null, retryAfterSeconds: null });
  shop.expectFitToShow(refused);
  const writes = gateway.flexprice.calls.slice(calls).filter(isWrite);
  expect(writes).toMatchObject([{ method: 'POST', path: expect.stringMatching(/modify\/execute$/) }]);
  expect(await taken()).toEqual(before);
  expect(await redeem({ ...(await next()), idempotencyKey })).toMatchObject({
    replayed: false,
    redemption: { status: 'REDEEMED' },
  });
}

describe('a refusal by the provider is REFUSED_BY_PROVIDER unless a fresh read explains it', () => {
  it('if the subscription already has the code', async () => {
    const { code } = await create();
    const { redemption } = payloadOf(await shop.redeem({ code, subscriptionId: 'subs_1' }));
    const use = { code, subscriptionId: 'subs_1' };
    expect(await shop.quote({ code })).toMatchObject({ eligible: true });
    const next = async () => {
      await shop.cancel(redemption.id);
      return use;
    };
    await expectRefused('REFUSED_BY_PROVIDER', { redeem: shop.redeem, use, next });
  });

  it('if the subscription is in another currency', async () => {
    const { code } = await create({ discount: { amount: { minorUnits: 500, currency: 'EUR' } } });
    const use = { code, subscriptionId: 'subs_1' };
    await expectRefused('REFUSED_BY_PROVIDER', { redeem: shop.redeem, use, next: async () => ({ code }) });
  });

  it('if the subscription does not exist', async () => {
    const { code } = await create();
    const use = { code, subscriptionId: 'of_another_system' };
    const next = async () => ({ code, subscriptionId: 'subs_1' });
    await expectRefused('REFUSED_BY_PROVIDER', { redeem: shop.redeem, use, next });
  });

  it('if it refuses a coupon', async () => {
    const { id: couponId } = await createCoupon();
    const use = { couponId, subscriptionId: 'of_another_system' };
    const next = async () => ({ couponId, subscriptionId: 'subs_1' });
    await expectRefused('REFUSED_BY_PROVIDER', { redeem: shop.redeemCoupon, use, next });
  });
});

describe('a refusal by the provider gets the reason that a fresh read shows, and later quotes give it too', () => {
  it.each<[reason: string, what: string, happen: (promoCode: Json) => unknown]>([
    ['EXHAUSTED', 'used up', ({ providerId }) => gateway.flexprice.redeem(providerId, 2)],
    ['INACTIVE', 'archived', (promoCode) => atFlexprice('DELETE', promoCode)],
  ])('%s if the code was %s at the provider meanwhile', async (reason, _, happen) => {
    const promoCode = await create({ maxRedemptions: 2 });
    const { code } = promoCode;
    await happen(promoCode);
    expect(await shop.quote({ code })).toMatchObject({ eligible: true });
    const use = { code, subscriptionId: 'subs_2' };
    const next = async () => {
      expect(await shop.quote({ code })).toMatchObject({ refusal: { reason } });
      return { code: (await create()).code, subscriptionId: 'subs_2' };
    };
    await expectRefused(reason, { redeem: shop.redeem, use, next });
  });

  it.each<[reason: string, what: string, happen: (coupon: Json) => unknown]>([
    ['EXHAUSTED', 'used up', ({ providerId }) => gateway.flexprice.redeem(providerId, 2)],
    ['COUPON_INVALID', 'archived', (coupon) => atFlexprice('DELETE', coupon)],
  ])('%s if the coupon was %s at the provider meanwhile', async (reason, _, happen) => {
    const coupon = await createCoupon({ maxRedemptions: 2 });
    await happen(coupon);
    const use = { couponId: coupon.id, subscriptionId: 'subs_3' };
    const next = async () => ({ couponId: (await createCoupon()).id, subscriptionId: 'subs_3' });
    await expectRefused(reason, { redeem: shop.redeemCoupon, use, next });
  });
});

describe('a coupon is refused as', () => {
  it.each<[reason: string, arrange: () => Promise<Json>]>([
    ['NOT_FOUND', async () => ({ couponId: 'none' })],
    [
      'EXPIRED',
      async () => {
        const { id: couponId } = await createCoupon({ expiresAt: shop.inSeconds(60) });
        gateway.advance(60_000);
        return { couponId };
      },
    ],
    [
      'EXHAUSTED',
      async () => {
        const { id: couponId } = await createCoupon({ maxRedemptions: 1 });
        await shop.redeemCoupon({ couponId });
        return { couponId };
      },
    ],
    ['NOT_STARTED', async () => ({ couponId: (await createCoupon({ startsAt: shop.inSeconds(60) })).id })],
    [
      'CURRENCY_MISMATCH',
      async () => {
        const { id: couponId } = await createCoupon({ discount: { amount: { minorUnits: 500, currency: 'EUR' } } });
        return { couponId, order: { amount: { minorUnits: 900, currency: 'USD' } } };
      },
    ],
  ])('%s, and its key stays free', async (reason, arrange) => {
    const use = { ...(await arrange()), idempotencyKey: shop.newKey() };
    const before = await shop.ledger();
    const refused = await shop.redeemCoupon(use);
    if (refused.__typename !== 'RedemptionRefusedError') throw new Error(`The result is a ${refused.__typename}`);
    expect(refused.reason).toBe(reason);
    shop.expectFitToShow(refused);
    expect(await shop.ledger()).toEqual(before);
    const { id: couponId } = await createCoupon();
    expect(await shop.redeemCoupon({ ...use, couponId })).toMatchObject({ replayed: false });
  });
});

/** Stripe's own client, for what happens at Stripe itself. */
const rival = officialClient(gateway.stripe);

describe('a refusal by Stripe gets the reason that Stripe gives:', () => {
  const inDollars = {
    currency: 'usd',
    product: 'prod_1',
    unit_amount: 2000,
    recurring: { interval: 'month' as const },
  };
  const createAtStripe = (input: Json) => create({ provider: 'STRIPE', ...input });
  /** A subscription of a customer who has paid before. */
  async function subscribe(): Promise<string> {
    const { id: customer } = await rival.customers.create({});
    const { id } = await rival.subscriptions.create({ customer, items: [{ price_data: inDollars }] });
    return id;
  }
  async function expectReason(reason: string, use: Json): Promise<void> {
    const refused = await shop.redeem(use);
    if (refused.__typename !== 'RedemptionRefusedError') throw new Error(`The result is a ${refused.__typename}`);
    expect(refused).toMatchObject({ reason, shortfall: null, retryAfterSeconds: null });
    shop.expectFitToShow(refused);
  }

  it.each<[reason: string, promoCode: Json, use: Json]>([
    ['NOT_FIRST_TRANSACTION', { firstTransactionOnly: true }, { customerId: 'cus_new' }],
    [
      'MINIMUM_NOT_MET',
      { minimumOrder: { minorUnits: 5000, currency: 'USD' } },
      { order: { amount: { minorUnits: 6000, currency: 'USD' } } },
    ],
    ['CURRENCY_MISMATCH', { discount: { amount: { minorUnits: 500, currency: 'EUR' } } }, {}],
    ['CUSTOMER_NOT_ELIGIBLE', { customerId: 'cus_other' }, { customerId: 'cus_other' }],
  ])('%s for a code with %j', async (reason, promoCode, use) => {
    const { code } = await createAtStripe(promoCode);
    const subscriptionId = await subscribe();
    const before = await taken();
    await expectReason(reason, { code, subscriptionId, ...use });
    expect(await taken()).toEqual(before);
  });

  it('PRODUCT_NOT_ELIGIBLE for a coupon of other products', async () => {
    const coupon = await rival.coupons.create({ percent_off: 10, applies_to: { products: ['prod_2'] } });
    const { code } = await rival.promotionCodes.create({ promotion: { type: 'coupon', coupon: coupon.id } });
    const amount = { minorUnits: 2000, currency: 'USD' };
    const order = { amount, eligibleAmount: amount };
    expect(await shop.quote({ code, order })).toMatchObject({ eligible: true });
    await expectReason('PRODUCT_NOT_ELIGIBLE', { code, order, subscriptionId: await subscribe() });
  });

  it.each<[reason: string, what: string, happen: (promoCode: Json) => unknown]>([
    ['EXHAUSTED', 'used up', ({ providerId }) => gateway.stripe.redeem(providerId, 2)],
    ['INACTIVE', 'switched off', ({ providerId }) => rival.promotionCodes.update(providerId, { active: false })],
  ])('%s for a code that was %s at Stripe meanwhile', async (reason, _, happen) => {
    const promoCode = await createAtStripe({ maxRedemptions: 2 });
    const { code } = promoCode;
    await happen(promoCode);
    expect(await shop.quote({ code })).toMatchObject({ eligible: true });
    await expectReason(reason, { code, subscriptionId: await subscribe() });
  });

  it('REFUSED_BY_PROVIDER for a subscription that does not exist', async () => {
    const { code } = await createAtStripe({});
    await expectReason('REFUSED_BY_PROVIDER', { code, subscriptionId: 'of_another_system' });
  });
});
