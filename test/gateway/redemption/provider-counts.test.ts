import { beforeEach, expect, it } from 'vitest';
import { delayAnswer } from '../../support/delay-answer.ts';
import { freshGateway } from '../../support/gateways.ts';
import { idAtDuro } from '../../support/id-at-duro.ts';
import { payloadOf } from '../../support/mutations.ts';
import { recoverOnce } from '../../support/rounds.ts';
import { openShop, type Shop } from '../../support/shop.ts';
import type { Json, RunningGateway } from '../../support/start-gateway.ts';

const MINUTE = 60_000;
const COUNTS = 'redeemedCount heldCount remaining maxRedemptions status';

let gateway: RunningGateway;
let shop: Shop;
beforeEach(async () => {
  gateway = await freshGateway();
  shop = openShop(gateway);
});

async function confirmAsCounted(id: string): Promise<void> {
  expect(await shop.confirm(id, { countedByProvider: true })).toMatchObject({
    redemption: { status: 'REDEEMED', countedByProvider: true },
  });
}
async function countsOf(id: string, policy = 'FRESH'): Promise<Json> {
  return (await gateway.run(`query ($id: ID!) { promoCode(id: $id, policy: ${policy}) { ${COUNTS} } }`, { id }))
    .promoCode;
}
async function hold(code: string, order: string): Promise<string> {
  return payloadOf(await shop.hold({ code, order: { id: order } })).redemption.id;
}
const redeem = (code: string, order: string) => shop.redeem({ code, order: { id: order } });

it("a redemption that is confirmed as counted by the provider stays counted while the provider's counter lags", async () => {
  const { id, providerId } = await shop.createPromoCode({ code: 'LAG', maxRedemptions: 2 });
  await confirmAsCounted(await hold('LAG', 'A'));
  for (let read = 0; read < 3; read += 1) {
    expect(await countsOf(id)).toMatchObject({ redeemedCount: 1, remaining: 1 });
    gateway.advance(2 * MINUTE);
  }
  expect(await redeem('LAG', 'B')).toMatchObject({ redemption: { status: 'REDEEMED' } });
  expect(await redeem('LAG', 'C')).toMatchObject({ reason: 'EXHAUSTED' });
  // When the provider's counter rises, the use is not counted twice.
  gateway.duro.redeem(providerId, 1);
  expect(await countsOf(id)).toMatchObject({ redeemedCount: 2, remaining: 0 });
});

it('a redemption that the provider counts before its confirmation is counted once', async () => {
  const { id, providerId } = await shop.createPromoCode({ code: 'EARLY', maxRedemptions: 3 });
  const held = await hold('EARLY', 'A');
  gateway.duro.redeem(providerId, 1);
  expect(await countsOf(id)).toMatchObject({ redeemedCount: 1, heldCount: 1 });
  await confirmAsCounted(held);
  expect(await countsOf(id)).toMatchObject({ redeemedCount: 1, heldCount: 0, remaining: 2 });
});

it('a redemption that the provider counts before its confirmation is counted once, even after a refused application', async () => {
  const { id, providerId } = await shop.createPromoCode({ code: 'TRIED', provider: 'FLEXPRICE', maxRedemptions: 3 });
  const held = await hold('TRIED', 'A');
  gateway.flexprice.redeem(providerId, 1);
  expect(await countsOf(id)).toMatchObject({ redeemedCount: 1, heldCount: 1 });
  expect(await shop.redeem({ code: 'TRIED', order: { id: 'A' }, subscriptionId: 'of_another_system' })).toMatchObject({
    reason: 'REFUSED_BY_PROVIDER',
  });
  await confirmAsCounted(held);
  expect(await countsOf(id)).toMatchObject({ redeemedCount: 1, heldCount: 0 });
});

it('redemptions outside the gateway are distinguished from lagging ones once the counter is right', async () => {
  const { id, providerId } = await shop.createPromoCode({ code: 'BOTH', maxRedemptions: 10 });
  await confirmAsCounted(await hold('BOTH', 'A'));
  gateway.duro.redeem(providerId, 1);
  expect(await countsOf(id)).toMatchObject({ redeemedCount: 1 });
  gateway.duro.redeem(providerId, 1);
  expect(await countsOf(id)).toMatchObject({ redeemedCount: 2, remaining: 8 });
});

it('a late answer to a write does not undo a confirmation that came before it', async () => {
  const { id, providerId } = await shop.createPromoCode({ code: 'LATE', maxRedemptions: 2 });
  const held = await hold('LATE', 'A');
  const { isSent, answer } = delayAnswer(gateway.duro, { method: 'PATCH' });
  const updating = shop.tryUpdatePromoCode({ id, expiresAt: '2039-01-01T00:00:00Z' });
  await isSent;
  gateway.duro.redeem(providerId, 1);
  await confirmAsCounted(held);
  answer();
  expect((await updating).promoCode).toMatchObject({ redeemedCount: 1, remaining: 1 });
  expect(await redeem('LATE', 'B')).toMatchObject({ redemption: { status: 'REDEEMED' } });
  expect(await redeem('LATE', 'C')).toMatchObject({ reason: 'EXHAUSTED' });
});

it('the coupon in a late answer does not restore an old count', async () => {
  const coupon = await shop.createCoupon({ maxRedemptions: 1 });
  const one = await shop.createPromoCode({ provider: 'STRIPE_CONNECT', code: 'ONE', couponId: coupon.id });
  const held = await hold('ONE', 'A');
  const { isSent, answer } = delayAnswer(gateway.chatdash, { method: 'POST', path: /promotion-codes$/ });
  const creating = shop.createPromoCode({ provider: 'STRIPE_CONNECT', code: 'TWO', couponId: coupon.id });
  await isSent;
  gateway.chatdash.redeem(one.providerId, 1);
  await confirmAsCounted(held);
  answer();
  expect((await countsOf((await creating).id, 'CACHED')).remaining).toBe(0);
  expect(await redeem('TWO', 'B')).toMatchObject({ reason: 'EXHAUSTED' });
});

it('a replayed first answer is not taken for the current state', async () => {
  gateway.duro.fail({ kind: 'hang-up', commit: true, method: 'POST' });
  await shop.tryCreatePromoCode({ code: 'REPLAY', maxRedemptions: 3, idempotencyKey: 'replay' });
  gateway.duro.redeem(await idAtDuro(gateway), 3);
  gateway.advance(10 * MINUTE);
  expect(await recoverOnce(gateway)).toEqual(['FINISHED']);
  const { promoCodeByCode } = await gateway.run(`{ promoCodeByCode(code: "REPLAY") { ${COUNTS} } }`);
  expect(promoCodeByCode).toMatchObject({ status: 'EXHAUSTED', redeemedCount: 3 });
  expect(await redeem('REPLAY', 'A')).toMatchObject({ reason: 'EXHAUSTED' });
});

it('a replayed first answer is CANNOT_VERIFY while the provider cannot be read', async () => {
  gateway.duro.fail({ kind: 'hang-up', commit: true, method: 'POST' });
  await shop.tryCreatePromoCode({ code: 'UNREAD', maxRedemptions: 3, idempotencyKey: 'unread' });
  gateway.duro.fail({ kind: 'answer', status: 503, method: 'GET', times: Number.POSITIVE_INFINITY });
  expect(await recoverOnce(gateway)).toEqual(['FINISHED']);
  expect(await redeem('UNREAD', 'A')).toMatchObject({ reason: 'CANNOT_VERIFY' });
  gateway.duro.heal();
  expect(await redeem('UNREAD', 'A')).toMatchObject({ redemption: { status: 'REDEEMED' } });
});

it('an answer read before the clock was set back is read again before a decision', async () => {
  gateway.advance(24 * 60 * MINUTE);
  const { id, providerId } = await shop.createPromoCode({ code: 'CLOCK', maxRedemptions: 3 });
  gateway.advance(-24 * 60 * MINUTE);
  gateway.duro.redeem(providerId, 3);
  expect(await redeem('CLOCK', 'A')).toMatchObject({ reason: 'EXHAUSTED' });
  expect(await countsOf(id, 'CACHED')).toMatchObject({ status: 'EXHAUSTED', redeemedCount: 3 });
});
