import { describe, expect, it } from 'vitest';
import { sharedGateway } from '../../support/gateways.ts';
import { naira } from '../../support/money.ts';
import { payloadOf } from '../../support/mutations.ts';
import { openShop } from '../../support/shop.ts';
import type { Json } from '../../support/start-gateway.ts';

const gateway = await sharedGateway();
const shop = openShop(gateway);

const { newOrder } = shop;

describe('the discounts of one order', () => {
  it('never exceed its new amount when it is quoted again, and never change currency', async () => {
    const { code } = await shop.createPromoCode({ discount: { percentage: '50' } });
    const { id } = newOrder();
    const order = (amount: Json) => ({ code, order: { id, amount } });
    await shop.redeem(order(naira(10_000)));
    const granted = { eligible: true, discountAmount: naira(5000), payableAmount: naira(5000) };
    expect(await shop.quote(order(naira(10_000)))).toMatchObject(granted);
    expect(await shop.quote(order(naira(20_000)))).toMatchObject({ ...granted, payableAmount: naira(15_000) });
    expect(await shop.quote(order(naira(3000)))).toMatchObject({
      eligible: true,
      discountAmount: naira(3000),
      payableAmount: naira(0),
    });
    expect(await shop.quote(order(null))).toMatchObject({ ...granted, payableAmount: null });
    expect(await shop.quote(order({ minorUnits: 3000, currency: 'JPY' }))).toMatchObject({
      eligible: false,
      refusal: { reason: 'CURRENCY_MISMATCH' },
      discountAmount: null,
      payableAmount: null,
    });
    // Redeeming again changes nothing, even if the order amount has changed.
    for (const amount of [naira(3000), { minorUnits: 3000, currency: 'JPY' }]) {
      expect(await shop.redeem(order(amount))).toMatchObject({
        replayed: true,
        redemption: { discountAmount: naira(5000) },
      });
    }
  });

  it('never exceed its amount in total, whatever the sequence of holds, redemptions and renewals', async () => {
    const [most, half, fixed] = [
      await shop.createPromoCode({ discount: { percentage: '80' } }),
      await shop.createPromoCode({ discount: { percentage: '50' } }),
      await shop.createPromoCode({ discount: { amount: naira(700) } }),
    ].map(({ code }) => code);
    const { id } = newOrder();
    const use = (code: string | undefined, minorUnits: number) => ({ code, order: { id, amount: naira(minorUnits) } });
    expect(payloadOf(await shop.hold(use(most, 1000))).redemption.discountAmount).toEqual(naira(800));
    expect(await shop.quote(use(half, 1000))).toMatchObject({ discountAmount: naira(200), payableAmount: naira(0) });
    expect(payloadOf(await shop.redeem(use(half, 1000))).redemption.discountAmount).toEqual(naira(200));
    expect(payloadOf(await shop.redeem(use(fixed, 1000))).redemption.discountAmount).toEqual(naira(0));
    // The hold is updated to a smaller amount, which the other discount has already reduced.
    expect(payloadOf(await shop.hold(use(most, 300))).redemption.discountAmount).toEqual(naira(100));
    expect(payloadOf(await shop.redeem(use(most, 400))).redemption.discountAmount).toEqual(naira(200));
    expect(await shop.quote(use(half, 1000))).toMatchObject({ discountAmount: naira(200), payableAmount: naira(600) });
  });

  it('stay within the recorded amount of the order when a request names no amount', async () => {
    const [first, second, other] = [
      await shop.createPromoCode({ discount: { amount: naira(700) } }),
      await shop.createPromoCode({ discount: { amount: naira(700) } }),
      await shop.createPromoCode({ provider: 'FLEXPRICE', discount: { amount: { minorUnits: 700, currency: 'USD' } } }),
    ].map(({ code }) => code);
    const { id } = newOrder();
    await shop.redeem({ code: first, order: { id, amount: naira(1000) } });
    expect(payloadOf(await shop.redeem({ code: second, order: { id } })).redemption.discountAmount).toEqual(naira(300));
    expect(await shop.redeem({ code: other, order: { id } })).toMatchObject({ reason: 'CURRENCY_MISMATCH' });
  });

  it('all have the same currency', async () => {
    const [one, two] = [await shop.createPromoCode(), await shop.createPromoCode()].map(({ code }) => code);
    const { id } = newOrder();
    await shop.hold({ code: one, order: { id, amount: naira(1000) } });
    const yen = { id, amount: { minorUnits: 1000, currency: 'JPY' } };
    for (const ask of [shop.redeem, shop.hold]) {
      expect(await ask({ code: two, order: yen })).toMatchObject({ reason: 'CURRENCY_MISMATCH' });
    }
    expect(await shop.quote({ code: two, order: yen })).toMatchObject({ refusal: { reason: 'CURRENCY_MISMATCH' } });
    // The only hold of an order may change to another currency.
    expect(payloadOf(await shop.hold({ code: one, order: yen })).redemption.discountAmount).toEqual({
      minorUnits: 100,
      currency: 'JPY',
    });
  });

  it('are not reduced by another order or by a cancelled redemption', async () => {
    const [one, two] = [
      await shop.createPromoCode({ discount: { percentage: '100' } }),
      await shop.createPromoCode({ discount: { percentage: '100' } }),
    ].map(({ code }) => code);
    const order = newOrder({ amount: naira(1000) });
    const { redemption } = payloadOf(await shop.redeem({ code: one, order }));
    expect(await shop.quote({ code: two, order })).toMatchObject({ discountAmount: naira(0) });
    expect(await shop.quote({ code: two, order: { ...order, id: null } })).toMatchObject({
      discountAmount: naira(1000),
    });
    await shop.cancel(redemption.id);
    expect(await shop.quote({ code: two, order })).toMatchObject({ discountAmount: naira(1000) });
  });
});
