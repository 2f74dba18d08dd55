import { describe, expect, it } from 'vitest';
import { PROVIDERS } from '../../../src/domain/promotion/promotion.ts';
import { sharedGateway } from '../../support/gateways.ts';
import { PROMO_CODE, payloadOf } from '../../support/mutations.ts';
import { openShop } from '../../support/shop.ts';

const gateway = await sharedGateway();
const shop = openShop(gateway);
const inDays = (days: number) => shop.inSeconds(days * 86_400);

describe('a promo code is created', () => {
  it('at Duro with its terms on the code itself', async () => {
    const expiresAt = inDays(30);
    const made = payloadOf(
      await shop.tryCreatePromoCode({
        provider: 'DURO',
        code: 'DuroFixed',
        discount: { amount: { minorUnits: 50_000, currency: 'NGN' } },
        duration: { kind: 'REPEATING', count: 3 },
        planId: 'plan_1',
        maxRedemptions: 10,
        expiresAt,
        metadata: { team: 'growth' },
      }),
    );
    expect(made.promoCode).toMatchObject({
      code: 'DuroFixed',
      account: 'default',
      status: 'ACTIVE',
      discount: { amount: { minorUnits: 50_000, currency: 'NGN' } },
      duration: { kind: 'REPEATING', count: 3, unit: 'BILLING_PERIOD' },
      planId: 'plan_1',
      maxRedemptions: 10,
      remaining: 10,
      expiresAt,
      metadata: { team: 'growth' },
      gatewayRules: [],
      coupon: null,
    });
    // Duro's answers omit the plan and the count of cycles, so a new read must keep the values that were sent.
    const query = `query ($id: ID!) { promoCode(id: $id, policy: FRESH) { ${PROMO_CODE} freshness { stale } } }`;
    const { promoCode } = await gateway.run(query, { id: made.promoCode.id });
    expect(promoCode).toEqual({ ...made.promoCode, freshness: { stale: false } });
  });

  it('at Flexprice with a fractional percentage and a start date', async () => {
    const startsAt = inDays(1);
    const { promoCode } = payloadOf(
      await shop.tryCreatePromoCode({
        provider: 'FLEXPRICE',
        code: 'FlexStart',
        discount: { percentage: '33.3333' },
        duration: { kind: 'FOREVER' },
        startsAt,
        metadata: { team: 'growth' },
      }),
    );
    expect(promoCode).toMatchObject({
      code: 'flexstart',
      status: 'SCHEDULED',
      discount: { percentage: '33.3333' },
      duration: { kind: 'FOREVER', count: null, unit: null },
      startsAt,
      metadata: { team: 'growth' },
    });
  });

  it('at Stripe Connect together with a coupon of its own', async () => {
    const { promoCode } = payloadOf(
      await shop.tryCreatePromoCode({
        provider: 'STRIPE_CONNECT',
        account: 'acct_two',
        code: 'OWN-TERMS',
        discount: { amount: { minorUnits: 1000, currency: 'USD' } },
        duration: { kind: 'REPEATING', count: 2, unit: 'MONTH' },
        customerId: 'cus_1',
        firstTransactionOnly: true,
        minimumOrder: { minorUnits: 5000, currency: 'USD' },
        perCustomerLimit: 1,
      }),
    );
    expect(promoCode).toMatchObject({
      account: 'acct_two',
      discount: { amount: { minorUnits: 1000, currency: 'USD' } },
      duration: { kind: 'REPEATING', count: 2, unit: 'MONTH' },
      customerId: 'cus_1',
      firstTransactionOnly: true,
      minimumOrder: { amount: '50.00', currency: 'USD' },
      perCustomerLimit: 1,
      gatewayRules: ['PER_CUSTOMER_LIMIT'],
      coupon: { name: 'OWN-TERMS' },
    });
  });

  it.each(PROVIDERS)('at %s with a generated code if the input has none', async (provider) => {
    const { promoCode } = payloadOf(await shop.tryCreatePromoCode({ provider }));
    expect(promoCode.code).toMatch(/^[A-Za-z0-9]{12}$/);
  });

  it.each(PROVIDERS)('at %s once per idempotency key', async (provider) => {
    const input = {
      provider,
      code: `ONCE-${provider}`,
      idempotencyKey: `once-${provider}`,
    };
    const first = payloadOf(await shop.tryCreatePromoCode(input));
    const calls = gateway.callsToProviders();
    expect(await shop.tryCreatePromoCode(input)).toMatchObject({
      replayed: true,
      promoCode: { id: first.promoCode.id },
    });
    expect(gateway.callsToProviders()).toBe(calls);
    expect(await shop.tryCreatePromoCode({ ...input, maxRedemptions: 1 })).toMatchObject({
      __typename: 'IdempotencyConflictError',
    });
  });

  it.each(PROVIDERS)('at %s only once per spelling', async (provider) => {
    const code = `Taken-${provider}`;
    const { id } = await shop.createPromoCode({ provider, code });
    expect(await shop.tryCreatePromoCode({ provider, code: code.toUpperCase() })).toMatchObject({
      __typename: 'PromotionConflictError',
      message: `A live promo code has this code: ${id}`,
    });
  });
});

describe('an input that a provider does not support', () => {
  it.each([
    ['DURO', { discount: { percentage: '12.5' } }, ['discount.percentage']],
    ['DURO', { discount: { amount: { minorUnits: 1, currency: 'USD' } } }, ['discount.amount']],
    ['DURO', { startsAt: '2100-01-01T00:00:00Z' }, ['startsAt']],
    ['DURO', { customerId: 'c', firstTransactionOnly: true }, ['customerId', 'firstTransactionOnly']],
    ['DURO', { duration: { kind: 'REPEATING', count: 1, unit: 'MONTH' } }, ['duration.unit']],
    ['FLEXPRICE', { planId: 'p', code: 'a/b' }, ['code', 'planId']],
    ['STRIPE_CONNECT', { startsAt: '2100-01-01T00:00:00Z', planId: 'p' }, ['startsAt', 'planId']],
    ['STRIPE_CONNECT', { discount: { amount: { minorUnits: 100, currency: 'UGX' } } }, ['discount.amount']],
    ['STRIPE_CONNECT', { code: 'no blanks' }, ['code']],
  ])('is refused before any call: %s with %j', async (provider, input, fields) => {
    const calls = gateway.callsToProviders();
    expect(await shop.tryCreatePromoCode({ provider, ...input })).toMatchObject({
      __typename: 'UnsupportedByProviderError',
      provider,
      fields,
    });
    expect(gateway.callsToProviders()).toBe(calls);
  });

  it('is a coupon for a Flexprice code, or any coupon at Duro', async () => {
    const { coupon } = payloadOf(await shop.tryCreateCoupon({ provider: 'FLEXPRICE', name: 'Ten' }));
    expect(await shop.tryCreatePromoCode({ provider: 'FLEXPRICE', couponId: coupon.id })).toMatchObject({
      fields: ['couponId'],
    });
    expect(await shop.tryCreateCoupon({ provider: 'DURO', name: 'Ten' })).toMatchObject({
      __typename: 'UnsupportedByProviderError',
      fields: ['provider'],
    });
  });

  it('becomes a gateway rule if the caller allows it', async () => {
    const startsAt = inDays(1);
    const { promoCode } = payloadOf(
      await shop.tryCreatePromoCode({
        provider: 'DURO',
        startsAt,
        customerId: 'cus_1',
        minimumOrder: { minorUnits: 100, currency: 'NGN' },
        allowGatewayRules: true,
      }),
    );
    expect(promoCode).toMatchObject({
      status: 'SCHEDULED',
      startsAt,
      customerId: 'cus_1',
      gatewayRules: ['STARTS_AT', 'CUSTOMER', 'MINIMUM_ORDER'],
    });
    expect(await shop.redeem({ code: promoCode.code })).toMatchObject({ reason: 'NOT_STARTED' });
  });
});
