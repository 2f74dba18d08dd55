import { describe, expect, it } from 'vitest';
import { sharedGateway } from '../../support/gateways.ts';
import { openShop } from '../../support/shop.ts';
import type { Json } from '../../support/start-gateway.ts';

const gateway = await sharedGateway();
const shop = openShop(gateway);

const ISSUES =
  '... on UnsupportedByProviderError { message provider fields issues { path code message canBeGatewayRule } }';
const CREATE = {
  promoCode: `mutation ($input: CreatePromoCodeInput!) { created: createPromoCode(input: $input) { __typename ${ISSUES} } }`,
  coupon: `mutation ($input: CreateCouponInput!) { created: createCoupon(input: $input) { __typename ${ISSUES} } }`,
};
const create = async (kind: keyof typeof CREATE, input: Json): Promise<Json> => {
  const named = kind === 'coupon' ? { name: 'Ten' } : {};
  const terms = input.couponId ? {} : { discount: { percentage: '10' } };
  return (await gateway.run<string>(CREATE[kind], { input: { ...named, ...terms, ...input } })).created;
};

const START = '2100-01-01T00:00:00Z';
const money = (minorUnits: number, currency: string) => ({ minorUnits, currency });
const LEFT_OUT = 'is not supported by the provider: leave it out';
const amountOf = (minorUnits: number, currency: string) => ({ discount: { amount: money(minorUnits, currency) } });
const percent = (percentage: string) => ({ discount: { percentage } });
const inTwo = (currency: string) => ({ ...amountOf(100, currency), currencyOptions: [money(90, 'EUR')] });
const minimumInTwo = { minimumOrder: money(100, 'USD'), minimumOrderOptions: [money(90, 'EUR')] };
const monthly = { duration: { kind: 'REPEATING', count: 2, unit: 'MONTH' } };
const periodic = { duration: { kind: 'REPEATING', count: 2, unit: 'BILLING_PERIOD' } };
const IN_STRIPE = 'must be in a currency of Stripe, without decimals that Stripe does not have';
const WITHIN_FIVE_YEARS = 'must be at least a second and at most five years ahead';

type Row = [provider: string, kind: keyof typeof CREATE, input: Json, field: string, code: string, why: string];

const FAULTS: Row[] = [
  ['DURO', 'promoCode', percent('12.5'), 'discount.percentage', 'TOO_MANY_DECIMALS', 'must be a whole percentage'],
  [
    'DURO',
    'promoCode',
    amountOf(1, 'USD'),
    'discount.amount',
    'WRONG_AMOUNT',
    'must be in NGN, the currency of the account',
  ],
  ['DURO', 'promoCode', monthly, 'duration.unit', 'WRONG_UNIT', 'must be BILLING_PERIOD, or absent'],
  ['DURO', 'coupon', {}, 'provider', 'NO_OPERATION', 'has no coupons: create a promo code with `discount`'],
  ['FLEXPRICE', 'promoCode', { code: 'a/b' }, 'code', 'WRONG_TEXT', 'must have no slash and not be "." or ".."'],
  ['FLEXPRICE', 'promoCode', { code: 'a'.repeat(101) }, 'code', 'TOO_LONG', 'must have at most 100 characters'],
  ['FLEXPRICE', 'coupon', monthly, 'duration.unit', 'WRONG_UNIT', 'must be BILLING_PERIOD, or absent'],
  ['FLEXPRICE', 'promoCode', monthly, 'duration.unit', 'WRONG_UNIT', 'must be BILLING_PERIOD, or absent'],
  [
    'FLEXPRICE',
    'promoCode',
    amountOf(1e15, 'USD'),
    'discount.amount',
    'WRONG_AMOUNT',
    'must be below 1,000,000,000,000 major units',
  ],
  [
    'STRIPE_CONNECT',
    'promoCode',
    percent('1.234'),
    'discount.percentage',
    'TOO_MANY_DECIMALS',
    'must have at most 2 decimals',
  ],
  ['STRIPE_CONNECT', 'promoCode', percent('0.5'), 'discount.percentage', 'TOO_SMALL', 'must be at least 1'],
  ['STRIPE_CONNECT', 'promoCode', amountOf(100, 'UGX'), 'discount.amount', 'WRONG_AMOUNT', IN_STRIPE],
  ['STRIPE_CONNECT', 'promoCode', periodic, 'duration.unit', 'WRONG_UNIT', 'must be MONTH, or absent'],
  [
    'STRIPE_CONNECT',
    'promoCode',
    { code: 'no blanks' },
    'code',
    'WRONG_TEXT',
    'must have only the letters a to z, digits, "_" and "-"',
  ],
  ['STRIPE_CONNECT', 'coupon', inTwo('USD'), 'currencyOptions', 'NO_FIELD', LEFT_OUT],
  ['STRIPE_CONNECT', 'promoCode', inTwo('USD'), 'currencyOptions', 'NO_FIELD', LEFT_OUT],
  ['STRIPE_CONNECT', 'promoCode', minimumInTwo, 'minimumOrderOptions', 'NO_FIELD', LEFT_OUT],
  ['FLEXPRICE', 'coupon', inTwo('USD'), 'currencyOptions', 'NO_FIELD', LEFT_OUT],
  ['DURO', 'promoCode', inTwo('NGN'), 'currencyOptions', 'NO_FIELD', LEFT_OUT],
  ['STRIPE_CONNECT', 'coupon', { name: 'n'.repeat(41) }, 'name', 'TOO_LONG', 'must have at most 40 characters'],
  ['STRIPE_CONNECT', 'coupon', percent('0.5'), 'discount.percentage', 'TOO_SMALL', 'must be at least 1'],
];

/** Fields that the gateway can enforce instead. */
const RULES: Row[] = [
  ['DURO', 'promoCode', { startsAt: START }, 'startsAt', 'NO_FIELD', LEFT_OUT],
  ['DURO', 'promoCode', { customerId: 'c' }, 'customerId', 'NO_FIELD', LEFT_OUT],
  ['DURO', 'promoCode', { firstTransactionOnly: true }, 'firstTransactionOnly', 'NO_FIELD', LEFT_OUT],
  ['DURO', 'promoCode', { minimumOrder: money(1, 'NGN') }, 'minimumOrder', 'NO_FIELD', LEFT_OUT],
  ['FLEXPRICE', 'promoCode', { planId: 'p' }, 'planId', 'NO_FIELD', LEFT_OUT],
  ['FLEXPRICE', 'promoCode', { customerId: 'c' }, 'customerId', 'NO_FIELD', LEFT_OUT],
  ['FLEXPRICE', 'promoCode', { firstTransactionOnly: true }, 'firstTransactionOnly', 'NO_FIELD', LEFT_OUT],
  ['FLEXPRICE', 'promoCode', { minimumOrder: money(1, 'USD') }, 'minimumOrder', 'NO_FIELD', LEFT_OUT],
  ['FLEXPRICE', 'promoCode', { maxRedemptions: 1_000_001 }, 'maxRedemptions', 'TOO_LARGE', 'must be at most 1000000'],
  ['FLEXPRICE', 'coupon', { maxRedemptions: 1_000_001 }, 'maxRedemptions', 'TOO_LARGE', 'must be at most 1000000'],
  ['STRIPE_CONNECT', 'promoCode', { startsAt: START }, 'startsAt', 'NO_FIELD', LEFT_OUT],
  ['STRIPE_CONNECT', 'promoCode', { planId: 'p' }, 'planId', 'NO_FIELD', LEFT_OUT],
  ['STRIPE_CONNECT', 'promoCode', { expiresAt: START }, 'expiresAt', 'WRONG_TIME', WITHIN_FIVE_YEARS],
  ['STRIPE_CONNECT', 'promoCode', { minimumOrder: money(1, 'UGX') }, 'minimumOrder', 'WRONG_AMOUNT', IN_STRIPE],
  ['STRIPE_CONNECT', 'coupon', { startsAt: START }, 'startsAt', 'NO_FIELD', LEFT_OUT],
  ['STRIPE_CONNECT', 'coupon', { expiresAt: START }, 'expiresAt', 'WRONG_TIME', WITHIN_FIVE_YEARS],
];

describe('an unsupported field says why, and what would work', () => {
  it.each(FAULTS)('at %s, for a %s with %j', async (...row) => {
    const [provider, kind, input, field, code, why] = row;
    expect(await create(kind, { provider, ...input })).toEqual({
      __typename: 'UnsupportedByProviderError',
      message: `${provider} does not support this: ${field} ${why}`,
      provider,
      fields: [field],
      issues: [{ path: ['input', ...field.split('.')], code, message: why, canBeGatewayRule: false }],
    });
  });

  it.each(RULES)('and that the gateway can enforce it, at %s, for a %s with %j', async (...row) => {
    const [provider, kind, input, field, code, why] = row;
    const message = `${why} (with allowGatewayRules: true, the gateway enforces it)`;
    expect((await create(kind, { provider, ...input })).issues).toEqual([
      { path: ['input', field], code, message, canBeGatewayRule: true },
    ]);
    const made = await create(kind, { provider, ...input, allowGatewayRules: true });
    expect(made.__typename).toMatch(/^Create.*Payload$/);
  });

  it('is none of the percentages and names that the input allows, at Flexprice', async () => {
    const longest = { name: 'n'.repeat(255), ...percent('12.3456') };
    expect(await create('coupon', { provider: 'FLEXPRICE', ...longest })).toEqual({
      __typename: 'CreateCouponPayload',
    });
    for (const beyond of [
      { ...longest, name: 'n'.repeat(256) },
      { ...longest, ...percent('12.34567') },
    ]) {
      expect(await create('coupon', { provider: 'FLEXPRICE', ...beyond })).toEqual({
        __typename: 'PromotionInputError',
      });
    }
  });

  it('is a coupon for a code of a provider whose codes have terms of their own', async () => {
    const { id: couponId } = await shop.createCoupon({ provider: 'FLEXPRICE' });
    const { issues } = await create('promoCode', { provider: 'FLEXPRICE', couponId });
    expect(issues).toMatchObject([{ path: ['input', 'couponId'], code: 'NO_FIELD', canBeGatewayRule: false }]);
  });

  it('is metadata with a key that the gateway needs at Flexprice', async () => {
    const metadata = { promo_gateway_x: 'y' };
    const { issues } = await create('promoCode', { provider: 'FLEXPRICE', metadata });
    expect(issues).toMatchObject([{ path: ['input', 'metadata'], code: 'WRONG_TEXT' }]);
  });
});

const UPDATE = `mutation ($input: UpdatePromoCodeInput!) {
  updatePromoCode(input: $input) { __typename ${ISSUES} }
}`;

describe('a change that a provider cannot make', () => {
  const update = async (input: Json): Promise<Json> => (await gateway.run<string>(UPDATE, { input })).updatePromoCode;

  it('can be a rule of the gateway if it is narrower', async () => {
    const { id } = await shop.createPromoCode({ provider: 'FLEXPRICE', maxRedemptions: 10 });
    const { issues } = await update({ id, active: false, maxRedemptions: 5 });
    expect(issues).toMatchObject([
      { path: ['input', 'active'], code: 'NOT_CHANGEABLE', canBeGatewayRule: true },
      { path: ['input', 'maxRedemptions'], code: 'NOT_CHANGEABLE', canBeGatewayRule: true },
    ]);
  });

  it('is new metadata if the provider stores it and cannot change it', async () => {
    const { id } = await shop.createPromoCode({ provider: 'FLEXPRICE', metadata: { team: 'growth' } });
    for (const metadata of [{ team: 'sales' }, null]) {
      const { issues } = await update({ id, metadata, allowGatewayRules: true });
      expect(issues).toMatchObject([{ path: ['input', 'metadata'], code: 'NOT_CHANGEABLE', canBeGatewayRule: false }]);
    }
  });

  it('cannot be a rule of the gateway if it is wider', async () => {
    const { id } = await shop.createPromoCode({ provider: 'FLEXPRICE', maxRedemptions: 10 });
    for (const allowGatewayRules of [false, true]) {
      const { issues } = await update({ id, maxRedemptions: 50, allowGatewayRules });
      expect(issues).toMatchObject([{ code: 'NOT_CHANGEABLE', canBeGatewayRule: false }]);
    }
  });
});

describe('another mutation that a provider does not support', () => {
  const run = async (mutation: string, input: Json): Promise<Json> => {
    const name = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
    const text: string = `mutation ($input: ${name}!) { ${mutation}(input: $input) { __typename ${ISSUES} } }`;
    return (await gateway.run(text, { input }))[mutation];
  };

  it.each([
    ['STRIPE_CONNECT', { name: 'n'.repeat(41) }, 'name', 'TOO_LONG', 'must have at most 40 characters'],
    [
      'FLEXPRICE',
      { metadata: { promo_gateway_x: 'y' } },
      'metadata',
      'WRONG_TEXT',
      'must have no key that starts with "promo_gateway_"',
    ],
  ])('updateCoupon at %s says why, and what would work, for %j', async (...row) => {
    const [provider, change, field, code, message] = row;
    const { id } = await shop.createCoupon({ provider });
    expect(await run('updateCoupon', { id, ...change })).toMatchObject({
      message: `${provider} does not support this: ${field} ${message}`,
      issues: [{ path: ['input', field], code, message, canBeGatewayRule: false }],
    });
  });

  it('archiveCoupon says what to do instead', async () => {
    const { id } = await shop.createCoupon({ provider: 'STRIPE_CONNECT' });
    const message = 'names a coupon, which the provider cannot archive: switch off its promo codes instead';
    expect(await run('archiveCoupon', { id })).toMatchObject({
      issues: [{ path: ['input', 'id'], code: 'NO_OPERATION', message, canBeGatewayRule: false }],
    });
    const { id: codeId } = await shop.createPromoCode({ provider: 'STRIPE_CONNECT', couponId: id });
    await shop.update({ id: codeId, active: false });
  });

  it.each(['DURO', 'STRIPE_CONNECT'])('a subscription at %s says what to do instead', async (provider) => {
    const { code } = await shop.createPromoCode({ provider });
    const use = { code, subscriptionId: 'subs_1', idempotencyKey: `subscription-${provider}` };
    const message = 'cannot get this promotion at the provider: redeem without it';
    expect(await run('redeemPromoCode', use)).toMatchObject({
      issues: [{ path: ['input', 'subscriptionId'], code: 'NO_OPERATION', message, canBeGatewayRule: false }],
    });
    expect(await shop.redeem({ code })).toMatchObject({ redemption: { status: 'REDEEMED' } });
  });
});
