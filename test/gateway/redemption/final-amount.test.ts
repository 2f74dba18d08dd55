import { describe, expect, it } from 'vitest';
import { sharedGateway } from '../../support/gateways.ts';
import { naira } from '../../support/money.ts';
import { payloadOf } from '../../support/mutations.ts';
import { openShop } from '../../support/shop.ts';
import type { Json } from '../../support/start-gateway.ts';

const gateway = await sharedGateway();
const shop = openShop(gateway);
const { newKey, newOrder } = shop;

/** Creates a code and holds it for an order. */
async function holdOf({ terms, order }: { terms?: Json; order?: Json } = {}) {
  const { id, code } = await shop.createPromoCode({ discount: { percentage: '10' }, ...terms });
  const { redemption } = payloadOf(await shop.hold({ code, order: newOrder({ amount: naira(1000), ...order }) }));
  return { promoCodeId: id, code, held: redemption };
}

const amountsOf = async (id: string) => {
  const fields = 'status orderAmount { minorUnits currency } discountAmount { minorUnits currency }';
  return (await gateway.run(`query ($id: ID!) { redemption(id: $id) { ${fields} } }`, { id })).redemption;
};

describe('a confirmation with the final order amount', () => {
  it('redeems with that amount and the discount on it', async () => {
    const { held } = await holdOf();
    const confirmed = payloadOf(await shop.confirm(held.id, { orderAmount: naira(2005) }));
    expect(confirmed).toMatchObject({ replayed: false, redemption: { discountAmount: naira(201) } });
    const stored = { status: 'REDEEMED', orderAmount: naira(2005), discountAmount: naira(201) };
    expect(await amountsOf(held.id)).toEqual(stored);
  });

  it('gives a hold without an amount its percentage discount', async () => {
    const { held } = await holdOf({ order: { amount: null } });
    expect(held.discountAmount).toBeNull();
    expect(payloadOf(await shop.confirm(held.id, { orderAmount: naira(500) })).redemption.discountAmount).toEqual(
      naira(50),
    );
  });

  it('that the code does not allow is refused, and leaves the hold and the idempotency key as they were', async () => {
    const { code, held } = await holdOf({ terms: { minimumOrder: naira(800), maxRedemptions: 1 } });
    const idempotencyKey = newKey();
    const before = await shop.ledger();
    const refused = await shop.confirm(held.id, { orderAmount: naira(500), idempotencyKey });
    expect(refused).toMatchObject({ reason: 'MINIMUM_NOT_MET', shortfall: naira(300) });
    if (refused.__typename !== 'RedemptionRefusedError') throw new Error('It was not refused');
    shop.expectFitToShow(refused);
    expect(await shop.ledger()).toEqual(before);
    expect(await amountsOf(held.id)).toEqual({
      status: 'HELD',
      orderAmount: naira(1000),
      discountAmount: naira(100),
    });
    expect(await shop.redeem({ code })).toMatchObject({ reason: 'EXHAUSTED' });
    expect(await shop.confirm(held.id, { orderAmount: naira(900), idempotencyKey })).toMatchObject({
      replayed: false,
      redemption: { status: 'REDEEMED', discountAmount: naira(90) },
    });
  });

  it('judges neither dates nor limits nor the customer nor the plan again', async () => {
    const { promoCodeId, held } = await holdOf({
      terms: { maxRedemptions: 1, planId: 'plan_1', firstTransactionOnly: true },
      order: { planId: 'plan_1', firstTransaction: true },
    });
    await shop.update({ id: promoCodeId, active: false });
    expect(await shop.confirm(held.id, { orderAmount: naira(2000) })).toMatchObject({
      redemption: { status: 'REDEEMED', discountAmount: naira(200) },
    });
  });

  it('caps the discount at what the other discounts of the order leave', async () => {
    const { code: most } = await shop.createPromoCode({ discount: { percentage: '95' } });
    const order = newOrder({ amount: naira(1000) });
    await shop.redeem({ code: most, order });
    const { held } = await holdOf({ order });
    expect(held.discountAmount).toEqual(naira(50));
    expect(payloadOf(await shop.confirm(held.id, { orderAmount: naira(980) })).redemption.discountAmount).toEqual(
      naira(30),
    );
  });

  it('in another currency than the other discounts of the order is refused', async () => {
    const order = newOrder({ amount: naira(1000) });
    const { code } = await shop.createPromoCode();
    await shop.redeem({ code, order });
    const { held } = await holdOf({ order });
    const orderAmount = { minorUnits: 1000, currency: 'JPY' };
    expect(await shop.confirm(held.id, { orderAmount })).toMatchObject({ reason: 'CURRENCY_MISMATCH' });
  });

  it('takes off nothing from an order of 0', async () => {
    const { held } = await holdOf();
    expect(payloadOf(await shop.confirm(held.id, { orderAmount: naira(0) })).redemption.discountAmount).toEqual(
      naira(0),
    );
  });

  it.each<[string, Json, string[]]>([
    ['is negative', { orderAmount: naira(-1) }, ['orderAmount', 'minorUnits']],
    ['has no currency', { orderAmount: { minorUnits: 1, currency: 'XXX' } }, ['orderAmount', 'currency']],
    [
      'is below its eligible part',
      { orderAmount: naira(1), eligibleAmount: naira(2) },
      ['eligibleAmount', 'minorUnits'],
    ],
    ['is absent beside an eligible part', { eligibleAmount: naira(2) }, ['eligibleAmount']],
  ])('is an input error if it %s', async (_, input, path) => {
    const { held } = await holdOf();
    const answer = await shop.confirm(held.id, input);
    expect(answer.issues?.map((issue) => issue.path)).toEqual([['input', ...path]]);
    expect(await amountsOf(held.id)).toMatchObject({ status: 'HELD' });
  });

  it('replays its first answer under its key, and conflicts with another amount', async () => {
    const { held } = await holdOf();
    const input = { orderAmount: naira(2000), idempotencyKey: newKey() };
    const first = payloadOf(await shop.confirm(held.id, input));
    expect(await shop.confirm(held.id, input)).toEqual({ ...first, replayed: true });
    for (const orderAmount of [naira(3000), null]) {
      const other = await shop.confirm(held.id, { ...input, orderAmount });
      expect(other).toMatchObject({ __typename: 'IdempotencyConflictError' });
    }
    expect(await amountsOf(held.id)).toMatchObject({ orderAmount: naira(2000) });
  });

  it('of a redemption is a conflict, because the amount of a redemption is final', async () => {
    const { held } = await holdOf();
    payloadOf(await shop.confirm(held.id, { orderAmount: naira(2000) }));
    for (const orderAmount of [naira(2000), naira(3000)]) {
      expect(await shop.confirm(held.id, { orderAmount })).toMatchObject({ __typename: 'PromotionConflictError' });
    }
    expect(await amountsOf(held.id)).toMatchObject({ orderAmount: naira(2000), discountAmount: naira(200) });
  });

  it('of a hold that has ended is a conflict, even with an amount that would be refused', async () => {
    const { held } = await holdOf({ terms: { minimumOrder: naira(800) } });
    gateway.advance(15 * 60_000);
    for (const orderAmount of [naira(900), naira(1)]) {
      expect(await shop.confirm(held.id, { orderAmount })).toMatchObject({
        __typename: 'PromotionConflictError',
        currentRedemption: { id: held.id, status: 'EXPIRED' },
      });
    }
    expect(await amountsOf(held.id)).toMatchObject({ status: 'EXPIRED', orderAmount: naira(1000) });
  });

  it('can report that the provider has counted the use', async () => {
    const { held } = await holdOf();
    expect(await shop.confirm(held.id, { orderAmount: naira(2000), countedByProvider: true })).toMatchObject({
      redemption: { countedByProvider: true, discountAmount: naira(200) },
    });
  });

  it('of a code of a coupon discounts by the terms of the coupon', async () => {
    const coupon = await shop.createCoupon({ discount: { percentage: '25' } });
    const { code } = await shop.createPromoCode({ provider: 'STRIPE_CONNECT', couponId: coupon.id, discount: null });
    const { redemption } = payloadOf(await shop.hold({ code, order: newOrder({ amount: naira(1000) }) }));
    const confirmed = payloadOf(await shop.confirm(redemption.id, { orderAmount: naira(2000) }));
    expect(confirmed.redemption.discountAmount).toEqual(naira(500));
  });
});

describe('a confirmation without an amount', () => {
  it('keeps the amount and the discount of the hold', async () => {
    const { held } = await holdOf();
    payloadOf(await shop.confirm(held.id));
    expect(await amountsOf(held.id)).toEqual({
      status: 'REDEEMED',
      orderAmount: naira(1000),
      discountAmount: naira(100),
    });
  });
});
