import { describe, expect, it } from 'vitest';
import { delayAnswer } from '../../support/delay-answer.ts';
import { freshGateway } from '../../support/gateways.ts';
import { payloadOf } from '../../support/mutations.ts';
import { startProcess } from '../../support/processes/gateway-process.ts';
import { recoverOnce } from '../../support/rounds.ts';
import { openShop, type Shop } from '../../support/shop.ts';
import type { Json, RunningGateway } from '../../support/start-gateway.ts';
import { activeUsesOn } from '../../support/uses-at-flexprice.ts';

const MINUTE = 60_000;

let gateway: RunningGateway;

async function start(): Promise<Shop> {
  gateway = await freshGateway();
  return openShop(gateway);
}

const activeUses = (subscriptionId: string) => activeUsesOn(subscriptionId, gateway);

async function redemptionOf(orderId: string): Promise<Json> {
  const query = 'query ($id: ID!) { redemptions(filter: { orderId: $id }) { nodes { id status customerId } } }';
  return (await gateway.run(query, { id: orderId })).redemptions?.nodes[0];
}

/**
 * The redemption of an order, once its outcome is known. If the application got no usable answer, which happens on a busy
 * machine, the redemption is held until recovery has found out.
 */
async function settledRedemptionOf(orderId: string, redeemed: Json): Promise<Json> {
  if ((await redemptionOf(orderId)).status === 'HELD') {
    expect(redeemed).toMatchObject({ __typename: 'PromotionProviderError', retryable: true });
    const recovered = async () => {
      await recoverOnce(gateway);
      return (await redemptionOf(orderId)).status;
    };
    await expect.poll(recovered, { timeout: 20_000 }).not.toBe('HELD');
  }
  return redemptionOf(orderId);
}

/** Begins to apply a code to a subscription. The provider answers when the test calls `answer`. */
async function beginApplying(shop: Shop, use: Json): Promise<{ redeeming: Promise<Json>; answer: () => void }> {
  const { isSent, answer } = delayAnswer(gateway.flexprice, { method: 'POST', path: /modify/ });
  const redeeming = shop.redeem(use);
  await isSent;
  return { redeeming, answer };
}

describe('a redemption that its provider has applied is never cancelled in the gateway alone', () => {
  it('a cancellation while the provider applies it is a conflict, and the redemption stays valid in both places', async () => {
    const shop = await start();
    const { code } = await shop.createPromoCode({ provider: 'FLEXPRICE' });
    const { redeeming, answer } = await beginApplying(shop, { code, subscriptionId: 'subs_1', order: { id: 'o' } });
    const { id } = await redemptionOf('o');
    const conflict = { __typename: 'PromotionConflictError', currentRedemption: { id, status: 'HELD' } };
    expect(await shop.cancel(id)).toMatchObject(conflict);
    expect(await shop.confirm(id)).toMatchObject(conflict);
    answer();
    expect((await redeeming).redemption.status).toBe('REDEEMED');
    expect(await activeUses('subs_1')).toHaveLength(1);
    expect(payloadOf(await shop.cancel(id)).redemption.status).toBe('CANCELLED');
    expect(await activeUses('subs_1')).toEqual([]);
  });

  it('a cancellation that is decided just after the application was recorded ends it at the provider too', async () => {
    const shop = await start();
    const { code } = await shop.createPromoCode({ provider: 'FLEXPRICE', perCustomerLimit: 1 });
    const use = { code, customerId: 'cus_1', subscriptionId: 'subs_1', order: { id: 'o' } };
    const { redeeming, answer } = await beginApplying(shop, use);
    const { id } = await redemptionOf('o');
    // The cancel waits for its turn to write until the application has been recorded.
    const { ledger } = gateway.gateway.store;
    const cancel = ledger.cancel.bind(ledger);
    ledger.cancel = async (...parameters) => {
      answer();
      await redeeming;
      return cancel(...parameters);
    };
    expect(payloadOf(await shop.cancel(id)).redemption.status).toBe('CANCELLED');
    expect(await activeUses('subs_1')).toEqual([]);
  });

  it('cancellations that arrive while the application is recorded never leave the discount at the provider', async () => {
    const shop = await start();
    const { code } = await shop.createPromoCode({ provider: 'FLEXPRICE' });
    const other = await startProcess({ ...gateway.variables, SYNC_SECONDS: '0' });
    try {
      for (let round = 0; round < 12; round += 1) {
        const [order, subscriptionId] = [`o${round}`, `subs_${round}`];
        const { redeeming, answer } = await beginApplying(shop, { code, subscriptionId, order: { id: order } });
        const { id } = await redemptionOf(order);
        const cancel = 'mutation ($id: ID!) { cancelRedemption(input: { id: $id }) { __typename } }';
        const cancelling = Array.from({ length: 4 }, (_, index) => {
          if (index === 1) answer();
          return index % 2 === 0 ? other.send(cancel, { id }) : gateway.send(cancel, { id });
        });
        const [redeemed] = await Promise.all([redeeming, ...cancelling]);
        const { status } = await settledRedemptionOf(order, redeemed);
        expect([status, (await activeUses(subscriptionId)).length]).toEqual([status, status === 'REDEEMED' ? 1 : 0]);
      }
    } finally {
      await other.end('SIGTERM');
    }
  });

  it('a cancellation is refused while the provider that has applied the redemption is switched off', async () => {
    const shop = await start();
    const { code } = await shop.createPromoCode({ provider: 'FLEXPRICE' });
    const { redemption } = payloadOf(await shop.redeem({ code, subscriptionId: 'subs_1', order: { id: 'o' } }));
    const other = await startProcess({ ...gateway.variables, FLEXPRICE_API_KEY: '', SYNC_SECONDS: '0' });
    try {
      const query = `mutation ($id: ID!) { cancelRedemption(input: { id: $id, idempotencyKey: "once" }) {
        __typename ... on PromotionConflictError { message currentRedemption { status } } } }`;
      const { data } = await other.send(query, { id: redemption.id });
      expect(data.cancelRedemption).toEqual({
        __typename: 'PromotionConflictError',
        message: 'The provider that has applied it is switched off here, or cannot end it',
        currentRedemption: { status: 'REDEEMED' },
      });
      expect((await redemptionOf('o')).status).toBe('REDEEMED');
      // The key is unused, so it can be used when the provider is on again.
      const { data: again } = await gateway.send(query, { id: redemption.id });
      expect(again.cancelRedemption.__typename).toBe('RedeemPayload');
      expect(await activeUses('subs_1')).toEqual([]);
    } finally {
      await other.end('SIGTERM');
    }
  });
});

describe('an application at the provider belongs to one redemption', () => {
  it('of two orders whose applications to one subscription got no answer, one gets the application', async () => {
    const shop = await start();
    const { code, providerId } = await shop.createPromoCode({ provider: 'FLEXPRICE' });
    const { promise: delay, resolve: answer } = Promise.withResolvers<void>();
    const { promise: bothStruck, resolve: struck } = Promise.withResolvers<void>();
    let strikes = 0;
    const onStrike = () => {
      strikes += 1;
      if (strikes === 2) struck();
    };
    // Flexprice accepts one call and refuses the other, and both answers are lost.
    const lost = { kind: 'hang-up', commit: true, method: 'POST', path: /modify/, times: 2 } as const;
    gateway.flexprice.fail({ ...lost, delay, onStrike });
    const use = (id: string) => ({ code, subscriptionId: 'subs_1', order: { id }, idempotencyKey: `key-${id}` });
    const redeeming = [shop.redeem(use('one')), shop.redeem(use('two'))];
    await bothStruck;
    answer();
    expect((await Promise.all(redeeming)).map(({ kind }) => kind)).toEqual(['UNAVAILABLE', 'UNAVAILABLE']);
    for (const outcomes of [['FINISHED', 'LATER'], ['NOT_MADE']]) {
      expect((await recoverOnce(gateway)).sort()).toEqual(outcomes);
      gateway.advance(2 * MINUTE);
    }
    const redemptions = [await redemptionOf('one'), await redemptionOf('two')];
    expect(redemptions.map(({ status }) => status).sort()).toEqual(['CANCELLED', 'REDEEMED']);
    expect(gateway.flexprice.redeemed(providerId)).toBe(1);
    const [cancelled, redeemed] = redemptions.sort((one, other) => (one.status < other.status ? -1 : 1));
    expect(await shop.cancel(cancelled.id)).toMatchObject({
      __typename: 'PromotionConflictError',
      currentRedemption: { id: cancelled.id, status: 'CANCELLED' },
    });
    expect(await activeUses('subs_1')).toHaveLength(1);
    await shop.cancel(redeemed.id);
    expect(await activeUses('subs_1')).toEqual([]);
  });

  it('an answer that names an application which recovery gave to another redemption is looked up again', async () => {
    const shop = await start();
    const { code } = await shop.createPromoCode({ provider: 'FLEXPRICE' });
    const use = (id: string) => ({ code, subscriptionId: 'subs_1', order: { id } });
    // The first call never arrives. The second one does, and its answer waits while the first write is recovered.
    gateway.flexprice.fail({ kind: 'hang-up', method: 'POST', path: /modify/ });
    expect(await shop.redeem(use('first'))).toMatchObject({ kind: 'UNAVAILABLE' });
    const { redeeming, answer } = await beginApplying(shop, use('second'));
    expect(await activeUses('subs_1')).toHaveLength(1);
    await recoverOnce(gateway);
    answer();
    expect(await redeeming).toMatchObject({ kind: 'TIMED_OUT', retryable: true });
    gateway.advance(2 * MINUTE);
    await recoverOnce(gateway);
    expect([(await redemptionOf('first')).status, (await redemptionOf('second')).status]).toEqual([
      'REDEEMED',
      'CANCELLED',
    ]);
  });

  it("recovery does not take another redemption's application for the effect of a lost write", async () => {
    const shop = await start();
    const { code } = await shop.createPromoCode({ provider: 'FLEXPRICE' });
    const { store } = gateway.gateway;
    // The second order reads the uses before the first code is applied, and applies its own afterwards.
    gateway.flexprice.fail({ kind: 'hang-up', commit: true, method: 'POST', path: /modify/ });
    await shop.redeem({ code, subscriptionId: 'subs_1', order: { id: 'lost' }, idempotencyKey: 'lost' });
    const [association = ''] = await activeUses('subs_1');
    const { id } = await redemptionOf('lost');
    const { redemption } = payloadOf(await shop.hold({ code, order: { id: 'other' } }));
    const [left] = await store.pendingWrites.all();
    if (!left) throw new Error('No write was left');
    const owned = { provider: 'FLEXPRICE', account: 'default', id: association } as const;
    expect(await store.subscriptionDiscounts.isOwnedByAnother(owned, { id })).toBe(false);
    gateway.advance(2 * MINUTE);
    await recoverOnce(gateway);
    expect((await redemptionOf('lost')).status).toBe('REDEEMED');
    expect(await store.subscriptionDiscounts.isOwnedByAnother(owned, { id })).toBe(false);
    expect(await store.subscriptionDiscounts.isOwnedByAnother(owned, { id: redemption.id })).toBe(true);
  });
});
