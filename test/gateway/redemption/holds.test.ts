import { describe, expect, it } from 'vitest';
import { sharedGateway } from '../../support/gateways.ts';
import { naira } from '../../support/money.ts';
import { payloadOf } from '../../support/mutations.ts';
import { openShop } from '../../support/shop.ts';

const gateway = await sharedGateway();
const shop = openShop(gateway);
const { redeem, hold, quote } = shop;

describe('a hold', () => {
  it('reserves a use until it expires', async () => {
    const { code } = await shop.createPromoCode({ maxRedemptions: 1 });
    expect(await hold({ code, holdSeconds: 60 })).toMatchObject({
      redemption: { status: 'HELD', promotion: { heldCount: 1, remaining: 0, status: 'ACTIVE' } },
    });
    expect(await redeem({ code })).toMatchObject({ reason: 'EXHAUSTED', retryAfterSeconds: 60 });
    gateway.advance(60_000);
    expect(await redeem({ code })).toMatchObject({ redemption: { status: 'REDEEMED' } });
  });

  it('never blocks its own order, and takes the new amount of the order', async () => {
    const { code } = await shop.createPromoCode({ maxRedemptions: 1 });
    const held = payloadOf(await hold({ code, order: { id: 'order-a', amount: naira(1000) } }));
    const again = await hold({ code, order: { id: 'order-a', amount: naira(2000) } });
    expect(again).toMatchObject({ redemption: { id: held.redemption.id, discountAmount: { minorUnits: 200 } } });
    expect(await quote({ code, order: { id: 'order-a', amount: naira(3000) } })).toMatchObject({
      eligible: true,
      payableAmount: { minorUnits: 2700 },
    });
    expect(await redeem({ code, order: { id: 'order-a', amount: naira(4000) } })).toMatchObject({
      redemption: { id: held.redemption.id, status: 'REDEEMED', promotion: { heldCount: 0, redeemedCount: 1 } },
    });
  });

  it('of an order that has already redeemed returns that redemption', async () => {
    const { code } = await shop.createPromoCode();
    const { redemption } = payloadOf(await redeem({ code, order: { id: 'order-b' } }));
    expect(await hold({ code, order: { id: 'order-b' } })).toMatchObject({
      replayed: true,
      redemption: { id: redemption.id, status: 'REDEEMED' },
    });
  });

  it('can be confirmed after its code was switched off, and only once', async () => {
    const { code, id } = await shop.createPromoCode();
    const { redemption } = payloadOf(await hold({ code }));
    await shop.update({ id, active: false });
    expect(await shop.confirm(redemption.id, { countedByProvider: true })).toMatchObject({
      redemption: { status: 'REDEEMED', countedByProvider: true, promotion: { redeemedCount: 1, heldCount: 0 } },
    });
    expect(await shop.confirm(redemption.id)).toMatchObject({ __typename: 'PromotionConflictError' });
  });

  it('that has expired cannot be confirmed', async () => {
    const { code } = await shop.createPromoCode();
    const { redemption } = payloadOf(await hold({ code, holdSeconds: 1 }));
    gateway.advance(1000);
    expect(await shop.confirm(redemption.id)).toMatchObject({ __typename: 'PromotionConflictError' });
    const { redemption: shown } = await gateway.run('query ($id: ID!) { redemption(id: $id) { status } }', {
      id: redemption.id,
    });
    expect(shown?.status).toBe('EXPIRED');
  });
});

describe('cancelling', () => {
  it('frees the use, records the reason, and works once', async () => {
    const { code } = await shop.createPromoCode({ maxRedemptions: 1 });
    const { redemption } = payloadOf(await redeem({ code }));
    expect(await shop.cancel(redemption.id, { reason: 'payment failed' })).toMatchObject({
      redemption: {
        status: 'CANCELLED',
        cancelReason: 'payment failed',
        promotion: { redeemedCount: 0, remaining: 1 },
      },
    });
    expect(await shop.cancel(redemption.id)).toMatchObject({ __typename: 'PromotionConflictError' });
  });

  it('does not free a use that the provider has counted', async () => {
    const { code } = await shop.createPromoCode({ maxRedemptions: 2 });
    const { redemption } = payloadOf(await hold({ code }));
    await shop.confirm(redemption.id, { countedByProvider: true });
    expect(await shop.cancel(redemption.id)).toMatchObject({
      redemption: { status: 'CANCELLED', promotion: { redeemedCount: 1, remaining: 1 } },
    });
  });

  it('of an unknown redemption is PromotionNotFoundError', async () => {
    expect(await shop.cancel('nothing')).toMatchObject({ __typename: 'PromotionNotFoundError' });
  });
});
