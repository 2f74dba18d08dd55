import { describe, expect, it } from 'vitest';
import { PROVIDERS } from '../../../src/domain/promotion/promotion.ts';
import { officialClient } from '../../simulators/stripe/open-stripe.ts';
import { sharedGateway } from '../../support/gateways.ts';
import { naira } from '../../support/money.ts';
import { payloadOf } from '../../support/mutations.ts';
import { openShop } from '../../support/shop.ts';

const gateway = await sharedGateway();
const shop = openShop(gateway);
const { newKey, redeem, hold, quote } = shop;

describe.each(PROVIDERS.map((provider) => [provider, provider === 'DURO' ? 'NGN' : 'USD'] as const))(
  'at %s,',
  (provider, currency) => {
    it('a code is redeemed up to its limit and no further', async () => {
      const { code } = await shop.createPromoCode({
        provider,
        code: `LIMIT-${provider.replace('_', '-')}`,
        maxRedemptions: 2,
      });
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

    it('redemptions made at the provider itself count as well', async () => {
      const { code, providerId } = await shop.createPromoCode({ provider, maxRedemptions: 2 });
      const simulator = gateway.simulatorOf(provider);
      simulator.redeem(providerId, 1);
      gateway.advance(61_000);
      expect(await redeem({ code })).toMatchObject({ redemption: { promotion: { redeemedCount: 2, remaining: 0 } } });
      expect(await redeem({ code })).toMatchObject({ reason: 'EXHAUSTED' });
    });

    it('parallel redemptions never exceed the limit', async () => {
      const { code, id } = await shop.createPromoCode({ provider, maxRedemptions: 5 });
      const answers = await Promise.all(Array.from({ length: 40 }, () => redeem({ code })));
      expect(answers.filter(({ __typename }) => __typename === 'RedeemPayload')).toHaveLength(5);
      expect(answers.filter(({ reason }) => reason === 'EXHAUSTED')).toHaveLength(35);
      const { promoCode } = await gateway.run('query ($id: ID!) { promoCode(id: $id) { redeemedCount } }', { id });
      expect(promoCode?.redeemedCount).toBe(5);
    });
  },
);

describe('an idempotency key', () => {
  it('returns the same redemption again and has no second effect', async () => {
    const { code } = await shop.createPromoCode({ maxRedemptions: 5 });
    const idempotencyKey = newKey();
    const first = payloadOf(await redeem({ code, idempotencyKey }));
    const again = payloadOf(await redeem({ code, idempotencyKey }));
    expect(again).toMatchObject({ replayed: true, redemption: { id: first.redemption.id } });
    expect(again.redemption.promotion.redeemedCount).toBe(1);
  });

  it('is refused for another input, and for another mutation', async () => {
    const { code } = await shop.createPromoCode();
    const idempotencyKey = newKey();
    await redeem({ code, idempotencyKey });
    const other = { __typename: 'IdempotencyConflictError' };
    expect(await redeem({ code, idempotencyKey, customerId: 'cus_1' })).toMatchObject(other);
    expect(await hold({ code, idempotencyKey })).toMatchObject(other);
  });

  it('is left free by a refusal', async () => {
    const { code } = await shop.createPromoCode({ maxRedemptions: 1 });
    const { redemption } = payloadOf(await redeem({ code }));
    const idempotencyKey = newKey();
    expect(await redeem({ code, idempotencyKey })).toMatchObject({ reason: 'EXHAUSTED' });
    await shop.cancel(redemption.id);
    expect(await redeem({ code, idempotencyKey })).toMatchObject({ replayed: false });
  });

  it('used by parallel calls has one effect', async () => {
    const { code } = await shop.createPromoCode({ maxRedemptions: 5 });
    const idempotencyKey = newKey();
    const answers = await Promise.all(Array.from({ length: 10 }, () => redeem({ code, idempotencyKey })));
    expect(new Set(answers.map((answer) => payloadOf(answer).redemption.id)).size).toBe(1);
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
  });
});

describe('a customer', () => {
  it('is limited by perCustomerLimit, and a guest must name a customer', async () => {
    const { code } = await shop.createPromoCode({ perCustomerLimit: 1 });
    expect(await redeem({ code })).toMatchObject({ reason: 'CUSTOMER_REQUIRED' });
    const { redemption } = payloadOf(await redeem({ code, customerId: 'cus_1' }));
    expect(await redeem({ code, customerId: 'cus_1' })).toMatchObject({ reason: 'CUSTOMER_LIMIT_REACHED' });
    expect(await redeem({ code, customerId: 'cus_2' })).toMatchObject({ redemption: { customerId: 'cus_2' } });
    await shop.cancel(redemption.id);
    expect(await redeem({ code, customerId: 'cus_1' })).toMatchObject({ redemption: { status: 'REDEEMED' } });
  });
});

describe('a coupon', () => {
  it('counts its own redemptions and those of its codes towards its limit', async () => {
    const { id: couponId } = await shop.createCoupon({ maxRedemptions: 3 });
    const one = await shop.createPromoCode({ provider: 'STRIPE_CONNECT', couponId });
    const two = await shop.createPromoCode({ provider: 'STRIPE_CONNECT', couponId });
    await redeem({ code: one.code });
    expect(await redeem({ code: two.code })).toMatchObject({ redemption: { promotion: { remaining: 1 } } });
    expect(await shop.redeemCoupon({ couponId })).toMatchObject({
      redemption: { promotion: { redeemedCount: 3, remaining: 0 } },
    });
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

describe('applying a code to a subscription', () => {
  it('a Flexprice code that is applied to a subscription is counted by Flexprice, once', async () => {
    const { code, providerId } = await shop.createPromoCode({ provider: 'FLEXPRICE', maxRedemptions: 2 });
    expect(await redeem({ code, subscriptionId: 'subs_1' })).toMatchObject({
      redemption: { status: 'REDEEMED', countedByProvider: true, promotion: { redeemedCount: 1, remaining: 1 } },
    });
    expect(gateway.flexprice.redeemed(providerId)).toBe(1);
  });

  it('a use that Flexprice refuses to apply is freed', async () => {
    const { code } = await shop.createPromoCode({ provider: 'FLEXPRICE', maxRedemptions: 2 });
    await redeem({ code, subscriptionId: 'subs_2' });
    expect(await redeem({ code, subscriptionId: 'subs_2' })).toMatchObject({ reason: 'REFUSED_BY_PROVIDER' });
    expect(await redeem({ code })).toMatchObject({ redemption: { promotion: { redeemedCount: 2, heldCount: 0 } } });
  });

  it('a Flexprice coupon that is applied to a subscription is counted by Flexprice, once', async () => {
    const { id: couponId, providerId } = await shop.createCoupon({ provider: 'FLEXPRICE' });
    const { redemption } = payloadOf(await shop.redeemCoupon({ couponId, subscriptionId: 'subs_3' }));
    expect(redemption).toMatchObject({ countedByProvider: true, promotion: { redeemedCount: 1 } });
    expect(gateway.flexprice.redeemed(providerId)).toBe(1);
    expect(await shop.cancel(redemption.id)).toMatchObject({
      redemption: { status: 'CANCELLED', promotion: { redeemedCount: 1 } },
    });
  });

  it('a Stripe code that is applied to a subscription is counted by Stripe, and cancelling ends its discount', async () => {
    const { code, providerId } = await shop.createPromoCode({ provider: 'STRIPE', maxRedemptions: 2 });
    const { redemption } = payloadOf(await redeem({ code, subscriptionId: 'sub_1' }));
    expect(redemption).toMatchObject({
      status: 'REDEEMED',
      countedByProvider: true,
      promotion: { redeemedCount: 1, remaining: 1 },
    });
    expect(gateway.stripe.redeemed(providerId)).toBe(1);
    const subscription = () => officialClient(gateway.stripe).subscriptions.retrieve('sub_1');
    expect(await subscription()).toMatchObject({ discounts: [expect.stringMatching(/^di_/)] });
    expect(await shop.cancel(redemption.id)).toMatchObject({
      redemption: { status: 'CANCELLED', promotion: { redeemedCount: 1 } },
    });
    expect(await subscription()).toMatchObject({ discounts: [] });
  });

  it('is unsupported at a provider without such a call', async () => {
    const { code } = await shop.createPromoCode();
    expect(await redeem({ code, subscriptionId: 'sub_1' })).toMatchObject({
      __typename: 'UnsupportedByProviderError',
      fields: ['subscriptionId'],
    });
  });
});

it.each([' wide-50 ', 'WIDE-50', 'ｗｉｄｅ－５０'])('a customer may type %j for wide-50', async (typed) => {
  const { id } =
    (await gateway.run('{ promoCodeByCode(code: "wide-50") { id } }')).promoCodeByCode ??
    (await shop.createPromoCode({ code: 'Wide-50' }));
  expect(payloadOf(await redeem({ code: typed })).redemption.promotion.redeemedCount).toBeGreaterThan(0);
  const { promoCodeByCode, promoCodes } = await gateway.run(
    'query ($code: String!) { promoCodeByCode(code: $code) { id } promoCodes(filter: { code: $code }) { nodes { id } } }',
    { code: typed },
  );
  expect([promoCodeByCode?.id, promoCodes?.nodes[0]?.id]).toEqual([id, id]);
});

describe('a quote', () => {
  it('decides as a redemption would, and writes nothing', async () => {
    const { code } = await shop.createPromoCode({ maxRedemptions: 1 });
    const input = { code, order: { amount: naira(9_999) } };
    const before = await gateway.run('{ redemptions { totalCount } }');
    expect(await quote(input)).toMatchObject({
      eligible: true,
      refusal: null,
      promoCode: { code },
      discountAmount: naira(1000),
      payableAmount: naira(8999),
    });
    expect(await gateway.run('{ redemptions { totalCount } }')).toEqual(before);
    await redeem({ code });
    expect(await quote(input)).toMatchObject({
      eligible: false,
      refusal: { reason: 'EXHAUSTED' },
      discountAmount: null,
    });
  });

  it('is NOT_FOUND for an unknown code, and AMBIGUOUS_CODE for one that two providers can redeem', async () => {
    await shop.createPromoCode({ provider: 'DURO', code: 'TWICE' });
    await shop.createPromoCode({ provider: 'FLEXPRICE', code: 'TWICE' });
    expect(await quote({ code: 'NOWHERE' })).toMatchObject({ refusal: { reason: 'NOT_FOUND' } });
    expect(await quote({ code: 'Twice' })).toMatchObject({ refusal: { reason: 'AMBIGUOUS_CODE' } });
    expect(await quote({ code: 'TWICE', provider: 'FLEXPRICE' })).toMatchObject({ eligible: true });
  });
});
