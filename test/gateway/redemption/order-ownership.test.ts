import { describe, expect, it } from 'vitest';
import { sharedGateway } from '../../support/gateways.ts';
import { dollars } from '../../support/money.ts';
import { payloadOf } from '../../support/mutations.ts';
import { openShop } from '../../support/shop.ts';
import type { Json } from '../../support/start-gateway.ts';

const gateway = await sharedGateway();
const shop = openShop(gateway);

const { newOrder } = shop;
const redeemedCount = async (code: string) =>
  (await gateway.run('query ($code: String!) { promoCodeByCode(code: $code) { redeemedCount heldCount } }', { code }))
    .promoCodeByCode;

describe("a guest's redemption or hold passes to the customer named for the same order", () => {
  it.each(['quote', 'hold', 'redeem'] as const)('with a %s while it is held', async (way) => {
    const { code } = await shop.createPromoCode({ maxRedemptions: 1 });
    const order = newOrder();
    const guest = payloadOf(await shop.hold({ code, order })).redemption;
    const use = { code, customerId: 'cus_1', order };
    if (way === 'quote') expect((await shop.quote(use)).eligible).toBe(true);
    else expect((await shop[way](use)).redemption).toMatchObject({ id: guest.id, customerId: 'cus_1' });
    expect(payloadOf(await shop.redeem({ code, customerId: 'cus_1', order })).redemption).toMatchObject({
      id: guest.id,
      status: 'REDEEMED',
      customerId: 'cus_1',
    });
    expect(await redeemedCount(code)).toEqual({ redeemedCount: 1, heldCount: 0 });
  });

  it('once the customer redeems it, and it shows the customer afterwards', async () => {
    const { code } = await shop.createPromoCode();
    const order = newOrder();
    const input = { code, order, idempotencyKey: shop.newKey() };
    const guest = payloadOf(await shop.redeem(input));
    expect(guest.redemption.customerId).toBeNull();
    expect(await shop.quote({ code, customerId: 'cus_1', order })).toMatchObject({ eligible: true });
    expect(payloadOf(await shop.redeem(input)).redemption.customerId).toBeNull();
    const passed = await shop.redeem({ code, customerId: 'cus_1', order });
    expect(passed).toMatchObject({ replayed: true, redemption: { id: guest.redemption.id, customerId: 'cus_1' } });
    // The guest's idempotency key returns the redemption as it is now.
    expect(payloadOf(await shop.redeem(input)).redemption).toEqual(passed.redemption);
    expect((await redeemedCount(code))?.redeemedCount).toBe(1);
  });

  it('when it is applied to a subscription', async () => {
    const { code } = await shop.createPromoCode({ provider: 'FLEXPRICE', maxRedemptions: 1 });
    const order = newOrder();
    const guest = payloadOf(await shop.hold({ code, order })).redemption;
    const use = { code, customerId: 'cus_1', subscriptionId: 'subs_1', order };
    expect(payloadOf(await shop.redeem(use)).redemption).toMatchObject({ id: guest.id, customerId: 'cus_1' });
  });

  it('when it is of a coupon', async () => {
    const { id: couponId } = await shop.createCoupon({ maxRedemptions: 1 });
    const order = newOrder();
    const guest = payloadOf(await shop.redeemCoupon({ couponId, order }));
    expect(await shop.redeemCoupon({ couponId, customerId: 'cus_1', order })).toMatchObject({
      replayed: true,
      redemption: { id: guest.redemption.id, customerId: 'cus_1' },
    });
  });

  it('only once: another customer gets a separate redemption, and no guest gets it back', async () => {
    const { id, code } = await shop.createPromoCode();
    const order = newOrder();
    const guest = payloadOf(await shop.hold({ code, order })).redemption;
    await shop.hold({ code, customerId: 'cus_1', order });
    const other = payloadOf(await shop.redeem({ code, customerId: 'cus_2', order })).redemption;
    expect(other.id).not.toBe(guest.id);
    for (const ask of [shop.redeem, shop.hold]) {
      expect(await ask({ code, order })).toMatchObject({ reason: 'CUSTOMER_REQUIRED' });
    }
    expect(await shop.quote({ code, order })).toMatchObject({ refusal: { reason: 'CUSTOMER_REQUIRED' } });
    await shop.update({ id, maxRedemptions: 2 });
    // The refusal stays the same when the limit is used up by the order's own use.
    expect(await shop.quote({ code, order })).toMatchObject({ refusal: { reason: 'CUSTOMER_REQUIRED' } });
    expect(payloadOf(await shop.confirm(guest.id)).redemption).toMatchObject({
      status: 'REDEEMED',
      customerId: 'cus_1',
    });
  });

  it('unless the limits of the customer forbid it, and then the guest keeps it', async () => {
    const { id, code } = await shop.createPromoCode();
    await shop.redeem({ code, customerId: 'cus_1', order: newOrder() });
    const [held, redeemed] = [newOrder(), newOrder()];
    await shop.hold({ code, order: held });
    await shop.redeem({ code, order: redeemed });
    await shop.update({ id, perCustomerLimit: 1 });
    for (const order of [held, redeemed]) {
      const use = { code, customerId: 'cus_1', order };
      expect(await shop.quote(use)).toMatchObject({ refusal: { reason: 'CUSTOMER_LIMIT_REACHED' } });
      expect(await shop.redeem(use)).toMatchObject({ reason: 'CUSTOMER_LIMIT_REACHED' });
      expect(await shop.hold(use)).toMatchObject({ reason: 'CUSTOMER_LIMIT_REACHED' });
      expect(payloadOf(await shop.redeem({ code, order })).redemption).toMatchObject({
        status: 'REDEEMED',
        customerId: null,
      });
    }
  });

  it('to one customer only in parallel calls, and the limit holds', async () => {
    const { code } = await shop.createPromoCode({ maxRedemptions: 1 });
    const order = newOrder();
    const guest = payloadOf(await shop.hold({ code, order })).redemption;
    const customers = ['cus_1', 'cus_2', 'cus_1', 'cus_2', null, 'cus_3'];
    const answers = await Promise.all(customers.map((customerId) => shop.redeem({ code, customerId, order })));
    const got = answers.flatMap(({ redemption }) => redemption ?? []);
    expect(new Set(got.map(({ id }) => id))).toEqual(new Set([guest.id]));
    expect(new Set(got.map(({ customerId }) => customerId).filter(Boolean)).size).toBe(1);
    expect(await redeemedCount(code)).toEqual({ redeemedCount: 1, heldCount: 0 });
  });
});

describe('an application that is refused', () => {
  it('leaves the hold of its order exactly as it was', async () => {
    const { code } = await shop.createPromoCode({ provider: 'FLEXPRICE' });
    await shop.redeem({ code, subscriptionId: 'subs_2' });
    const order = newOrder();
    const before = payloadOf(await shop.hold({ code, order: { ...order, amount: dollars(1000) } })).redemption;
    const use = { code, customerId: 'cus_1', subscriptionId: 'subs_2', order: { ...order, amount: dollars(90_000) } };
    expect(await shop.redeem(use)).toMatchObject({ reason: 'REFUSED_BY_PROVIDER' });
    const rows =
      'query ($id: ID!) { redemption(id: $id) { status customerId subscriptionId heldUntil orderAmount { minorUnits } discountAmount { minorUnits } } }';
    expect((await gateway.run(rows, { id: before.id })).redemption).toEqual({
      status: 'HELD',
      customerId: null,
      subscriptionId: null,
      heldUntil: before.heldUntil,
      orderAmount: { minorUnits: 1000 },
      discountAmount: { minorUnits: 100 },
    });
    expect(payloadOf(await shop.confirm(before.id)).redemption.discountAmount).toEqual(dollars(100));
  });
});

describe('an order that has redeemed', () => {
  it.each<[what: string, subscriptionId: string | null]>([
    ['without a subscription', null],
    ['for another subscription', 'subs_3'],
  ])('%s cannot be applied to a subscription afterwards', async (_, subscriptionId) => {
    const { code } = await shop.createPromoCode({ provider: 'FLEXPRICE' });
    const order = newOrder();
    const { redemption } = payloadOf(await shop.redeem({ code, subscriptionId, order }));
    const calls = gateway.flexprice.calls.length;
    const idempotencyKey = shop.newKey();
    const use = { code, subscriptionId: 'subs_4', order, idempotencyKey };
    expect(await shop.redeem(use)).toMatchObject({
      __typename: 'PromotionInputError',
      issues: [{ path: ['input', 'subscriptionId'], message: expect.stringContaining('redeemed this already') }],
    });
    expect(gateway.flexprice.calls.slice(calls).filter(({ method }) => method === 'POST')).toEqual([]);
    // The refused call left its key unused, and the order keeps its redemption.
    expect(await shop.redeem({ code, order, idempotencyKey })).toMatchObject({ replayed: true, redemption });
    if (subscriptionId !== null) {
      expect(await shop.redeem({ code, order, subscriptionId })).toMatchObject({ replayed: true, redemption });
    }
  });

  it('from a coupon cannot be applied to a subscription afterwards', async () => {
    const { id: couponId } = await shop.createCoupon({ provider: 'FLEXPRICE' });
    const order = newOrder();
    await shop.redeemCoupon({ couponId, order });
    expect(await shop.redeemCoupon({ couponId, order, subscriptionId: 'subs_5' })).toMatchObject({
      issues: [{ path: ['input', 'subscriptionId'] }],
    });
  });
});

it('an update refuses an expiry in 1970 as past', async () => {
  const { id } = await shop.createPromoCode();
  const query = `mutation ($input: UpdatePromoCodeInput!) { updatePromoCode(input: $input) {
    ... on PromotionInputError { issues { path message } } ... on UpdatePromoCodePayload { promoCode { status } } } }`;
  const update = async (input: Json) =>
    (await gateway.run(query, { input: { id, allowGatewayRules: true, ...input } })).updatePromoCode;
  const past = { issues: [{ path: ['input', 'expiresAt'], message: 'must be in the future' }] };
  expect(await update({ expiresAt: '1970-01-01T00:00:00Z' })).toEqual(past);
  expect(await update({ expiresAt: '1969-12-31T23:59:59Z' })).toEqual(past);
  await shop.update({ id, startsAt: '1970-01-01T00:00:00Z' });
});
