import { beforeEach, describe, expect, it } from 'vitest';
import { duroClient } from '../../simulators/client.ts';
import { makeKeys } from '../../support/credentials/keys.ts';
import { freshGateway } from '../../support/gateways.ts';
import { naira } from '../../support/money.ts';
import { payloadOf } from '../../support/mutations.ts';
import { openShop, type Shop } from '../../support/shop.ts';
import type { Json, RunningGateway } from '../../support/start-gateway.ts';

const MINUTE = 60_000;

const keys = makeKeys({ owner: 'read+manage+quote+redeem', shop: 'quote+redeem', other: 'quote+redeem' });
let gateway: RunningGateway;
let owner: Shop;
let shop: Shop;
beforeEach(async () => {
  gateway = await freshGateway({
    settings: { ...keys.settings, ATTEMPTS_PER_CALLER: '2' },
    // A refused attempt slows the next ones, which is not what these tests are about.
    sleep: async () => {},
  });
  owner = openShop(gateway, keys.of('owner'));
  shop = openShop(gateway, keys.of('shop'));
});

const minutesFromNow = (minutes: number) => new Date(gateway.now() + minutes * MINUTE).toISOString();
const newOrder = (more?: Json) => shop.newOrder(more);

/** Ways in which a code ends within ten minutes, while an order holds it. */
const ENDINGS: [what: string, terms: () => Json, end: (promoCode: Json) => unknown][] = [
  ['ended', () => ({ expiresAt: minutesFromNow(5) }), () => {}],
  ['was switched off', () => ({}), ({ id }) => owner.update({ id, active: false })],
  [
    'was used up at its provider',
    () => ({ maxRedemptions: 2 }),
    ({ providerId }) => gateway.duro.redeem(providerId, 2),
  ],
  ['starts later than it did', () => ({}), ({ id }) => owner.update({ id, startsAt: minutesFromNow(60) })],
  [
    'has a provider that is out of reach',
    () => ({}),
    () => gateway.duro.fail({ kind: 'answer', status: 503, times: Number.POSITIVE_INFINITY }),
  ],
];

describe.each(ENDINGS)('an unexpired hold of a code that %s', (_, terms, end) => {
  const holdThenEnd = async (seconds = 15 * 60): Promise<{ use: Json; held: Json }> => {
    const promoCode = await owner.createPromoCode(terms());
    const use = { code: promoCode.code, order: newOrder({ amount: naira(1000) }) };
    const held = payloadOf(await shop.hold({ ...use, holdSeconds: seconds })).redemption;
    await end(promoCode);
    gateway.advance(10 * MINUTE);
    return { use, held };
  };

  it('can still be redeemed by its order, or confirmed', async () => {
    const one = await holdThenEnd();
    const two = { ...one.use, order: newOrder({ amount: naira(1000) }) };
    expect(await shop.redeem(two)).toMatchObject({ __typename: 'RedemptionRefusedError' });
    expect(await shop.quote(one.use)).toMatchObject({ eligible: true, discountAmount: naira(100) });
    expect(payloadOf(await shop.redeem(one.use)).redemption).toMatchObject({
      id: one.held.id,
      status: 'REDEEMED',
      discountAmount: naira(100),
    });
    gateway.duro.heal();
    const another = await holdThenEnd();
    expect(payloadOf(await shop.confirm(another.held.id)).redemption).toMatchObject({
      status: 'REDEEMED',
      discountAmount: naira(100),
    });
  });

  it('can be renewed for another amount, but not extended', async () => {
    const { use, held } = await holdThenEnd();
    const order = { ...use.order, amount: naira(2000) };
    expect(payloadOf(await shop.hold({ ...use, order, holdSeconds: 3600 })).redemption).toMatchObject({
      id: held.id,
      heldUntil: held.heldUntil,
      discountAmount: naira(200),
    });
    gateway.advance(5 * MINUTE);
    expect(await shop.redeem({ ...use, order })).toMatchObject({ __typename: 'RedemptionRefusedError' });
  });
});

describe('a hold', () => {
  it('is lost to its order once a manager cancels it', async () => {
    const { id, code } = await owner.createPromoCode();
    const use = { code, order: newOrder() };
    const { redemption } = payloadOf(await shop.hold(use));
    await owner.update({ id, active: false });
    expect(payloadOf(await owner.cancel(redemption.id)).redemption.status).toBe('CANCELLED');
    expect(await shop.redeem(use)).toMatchObject({ reason: 'NOT_REDEEMABLE' });
  });

  it('keeps its plan and its amount unless the order states others, which are checked', async () => {
    const { code } = await owner.createPromoCode({ planId: 'plan_1', minimumOrder: naira(1000) });
    const order = newOrder({ amount: naira(1000), planId: 'plan_1' });
    await shop.hold({ code, order });
    const { id } = order;
    expect(await shop.redeem({ code, order: { id, amount: naira(900), planId: 'plan_1' } })).toMatchObject({
      reason: 'MINIMUM_NOT_MET',
    });
    expect(await shop.redeem({ code, order: { id, planId: 'plan_2' } })).toMatchObject({ reason: 'PLAN_NOT_ELIGIBLE' });
    expect(payloadOf(await shop.redeem({ code, order: { id } })).redemption).toMatchObject({
      status: 'REDEEMED',
      discountAmount: naira(100),
    });
  });

  it('ends at most 15 minutes after its code', async () => {
    const { code } = await owner.createPromoCode({ expiresAt: minutesFromNow(5) });
    const { redemption } = payloadOf(await shop.hold({ code, order: newOrder(), holdSeconds: 7 * 24 * 3600 }));
    expect(redemption.heldUntil).toBe(minutesFromNow(20));
  });

  it('ends at most 15 minutes after its coupon', async () => {
    // Stripe stores whole seconds.
    gateway.advance(1000 - (gateway.now() % 1000));
    const { id: couponId } = await owner.createCoupon({ expiresAt: minutesFromNow(5) });
    const { code } = await owner.createPromoCode({ provider: 'STRIPE_CONNECT', couponId });
    const { redemption } = payloadOf(await shop.hold({ code, order: newOrder(), holdSeconds: 7 * 24 * 3600 }));
    expect(redemption.heldUntil).toBe(minutesFromNow(20));
  });

  it.each<[where: string, end: (promoCode: Json, at: string) => unknown]>([
    ['here', ({ id }, expiresAt) => owner.update({ id, expiresAt })],
    [
      'at the provider',
      ({ providerId }, expiresAt) =>
        duroClient(gateway.duro)('PATCH', `/v1/promo-codes/${providerId}`, { expiresAt }, { 'idempotency-key': 'end' }),
    ],
  ])('ends earlier when the expiry of its code is moved %s', async (_, end) => {
    const promoCode = await owner.createPromoCode();
    const { code } = promoCode;
    const use = { code, order: newOrder() };
    const { redemption } = payloadOf(await shop.hold({ ...use, holdSeconds: 7 * 24 * 3600 }));
    await end(promoCode, minutesFromNow(5));
    gateway.advance(2 * MINUTE);
    // Another customer's attempt reads the code again.
    await owner.redeem({ code });
    const shown = async () =>
      (
        await gateway.run(
          'query ($id: ID!) { redemption(id: $id) { status heldUntil } }',
          { id: redemption.id },
          keys.of('owner'),
        )
      ).redemption;
    expect(await shown()).toEqual({ status: 'HELD', heldUntil: minutesFromNow(18) });
    gateway.advance(18 * MINUTE);
    expect((await shown())?.status).toBe('EXPIRED');
    expect(await shop.redeem(use)).toMatchObject({ reason: 'NOT_REDEEMABLE' });
  });

  it('can be redeemed by a caller that has too many failed attempts', async () => {
    const { code } = await owner.createPromoCode();
    const use = { code, order: newOrder() };
    await shop.hold(use);
    for (const reason of ['NOT_REDEEMABLE', 'NOT_REDEEMABLE', 'TOO_MANY_ATTEMPTS']) {
      expect(await shop.redeem({ code: shop.newKey() })).toMatchObject({ reason });
    }
    expect(payloadOf(await shop.redeem(use)).redemption.status).toBe('REDEEMED');
  });
});

describe('a refusal that only holds cause states when to retry', () => {
  const hold = (by: Shop, use: Json) => by.hold({ order: newOrder(), holdSeconds: 60, ...use });

  it("for a reader, it counts all callers' holds and waits until enough of them have expired", async () => {
    const { id, code } = await owner.createPromoCode({ maxRedemptions: 3, perCustomerLimit: 2 });
    await hold(shop, { code, customerId: 'cus_1', holdSeconds: 30 });
    await hold(owner, { code, customerId: 'cus_1', holdSeconds: 90 });
    const use = { code, customerId: 'cus_1', order: newOrder() };
    expect(await owner.redeem(use)).toMatchObject({ reason: 'CUSTOMER_LIMIT_REACHED', retryAfterSeconds: 30 });
    await hold(shop, { code, customerId: 'cus_2' });
    expect(await owner.redeem(use)).toMatchObject({ reason: 'EXHAUSTED', retryAfterSeconds: 30 });
    await owner.update({ id, maxRedemptions: 2 });
    expect(await owner.redeem(use)).toMatchObject({ reason: 'EXHAUSTED', retryAfterSeconds: 60 });
    await owner.update({ id, maxRedemptions: null, perCustomerLimit: 1 });
    expect(await owner.redeem(use)).toMatchObject({ reason: 'CUSTOMER_LIMIT_REACHED', retryAfterSeconds: 90 });
  });

  it("for a caller without read access, it counts the caller's own holds only", async () => {
    const { code } = await owner.createPromoCode({ perCustomerLimit: 1 });
    await hold(shop, { code, customerId: 'cus_1' });
    const use = { code, customerId: 'cus_1', order: newOrder() };
    const refused = { reason: 'CUSTOMER_LIMIT_REACHED' };
    expect(await shop.redeem(use)).toMatchObject({ ...refused, retryAfterSeconds: 60 });
    expect(await shop.quote(use)).toMatchObject({ refusal: { ...refused, retryAfterSeconds: 60 } });
    const other = openShop(gateway, keys.of('other'));
    expect(await other.redeem(use)).toMatchObject({ ...refused, retryAfterSeconds: null });
  });

  it('NOT_REDEEMABLE never states it', async () => {
    const { code } = await owner.createPromoCode({ maxRedemptions: 1 });
    await hold(shop, { code });
    expect(await shop.redeem({ code })).toMatchObject({ reason: 'NOT_REDEEMABLE', retryAfterSeconds: null });
  });

  it('a refusal that a redemption causes does not state it', async () => {
    const { code } = await owner.createPromoCode({ perCustomerLimit: 2 });
    const customerId = 'cus_1';
    for (let uses = 0; uses < 2; uses += 1) await owner.redeem({ code, customerId, order: newOrder() });
    expect(await owner.redeem({ code, customerId, order: newOrder() })).toMatchObject({
      reason: 'CUSTOMER_LIMIT_REACHED',
      retryAfterSeconds: null,
    });
  });
});

describe('the claim of a first purchase is rejected', () => {
  it('if the customer has redeemed anything for another order in the account, through any caller', async () => {
    const [first, other, elsewhere] = [
      await owner.createPromoCode({ firstTransactionOnly: true }),
      await owner.createPromoCode(),
      await owner.createPromoCode({ provider: 'FLEXPRICE' }),
    ].map(({ code }) => code);
    const claim = { code: first, customerId: 'cus_1', order: newOrder({ firstTransaction: true }) };
    await owner.redeem({ code: elsewhere, customerId: 'cus_1', order: newOrder() });
    await owner.hold({ code: other, customerId: 'cus_1', order: newOrder() });
    // A second code for the same order belongs to the same purchase.
    await shop.redeem({ code: other, customerId: 'cus_1', order: claim.order });
    expect(await shop.quote(claim)).toMatchObject({ eligible: true });
    const { redemption } = payloadOf(await owner.redeem({ code: other, customerId: 'cus_1', order: newOrder() }));
    expect(await shop.quote(claim)).toMatchObject({ refusal: { reason: 'NOT_FIRST_TRANSACTION' } });
    expect(await shop.redeem(claim)).toMatchObject({ reason: 'NOT_FIRST_TRANSACTION' });
    expect(
      await shop.redeem({ ...claim, customerId: 'cus_2', order: newOrder({ firstTransaction: true }) }),
    ).toMatchObject({
      redemption: { status: 'REDEEMED' },
    });
    await owner.cancel(redemption.id);
    expect(payloadOf(await shop.redeem(claim)).redemption.status).toBe('REDEEMED');
  });
});
