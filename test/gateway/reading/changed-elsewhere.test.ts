import { describe, expect, it } from 'vitest';
import { duroClient } from '../../simulators/client.ts';
import { sharedGateway } from '../../support/gateways.ts';
import { openShop } from '../../support/shop.ts';
import { startGateway } from '../../support/start-gateway.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const gateway = await sharedGateway();
const shop = openShop(gateway);

const atDuro = (providerId: string, change: Record<string, unknown>) =>
  duroClient(gateway.duro)('PATCH', `/v1/promo-codes/${providerId}`, change, { 'idempotency-key': shop.newKey() });

describe('a code of Duro', () => {
  it('that was switched off and on again at Duro can be redeemed', async () => {
    const { code, providerId } = await shop.createPromoCode();
    await atDuro(providerId, { active: false });
    gateway.advance(2 * MINUTE);
    expect(await shop.redeem({ code })).toMatchObject({ reason: 'INACTIVE' });
    await atDuro(providerId, { active: true });
    gateway.advance(2 * MINUTE);
    expect(await shop.redeem({ code })).toMatchObject({ redemption: { status: 'REDEEMED' } });
  });

  it('whose expiry was postponed at Duro can be redeemed', async () => {
    const { code, providerId } = await shop.createPromoCode({ expiresAt: shop.inSeconds(60) });
    gateway.advance(2 * MINUTE);
    expect(await shop.redeem({ code })).toMatchObject({ reason: 'EXPIRED' });
    await atDuro(providerId, { expiresAt: new Date(gateway.now() + DAY).toISOString() });
    gateway.advance(2 * MINUTE);
    expect(await shop.redeem({ code })).toMatchObject({ redemption: { status: 'REDEEMED' } });
  });

  it('that was switched off is CANNOT_VERIFY while Duro is unavailable', async () => {
    const { id, code } = await shop.createPromoCode();
    await shop.update({ id, active: false });
    gateway.advance(2 * MINUTE);
    gateway.duro.fail({ kind: 'answer', status: 503, times: Number.POSITIVE_INFINITY });
    expect(await shop.quote({ code })).toMatchObject({ refusal: { reason: 'CANNOT_VERIFY' } });
    expect(await shop.redeem({ code })).toMatchObject({ reason: 'CANNOT_VERIFY' });
  });
});

describe('the time to retry follows from the holds that use up the limits:', () => {
  it('those of the code if its own limit is used up', async () => {
    const { id: couponId } = await shop.createCoupon({ maxRedemptions: 10 });
    const full = await shop.createPromoCode({ provider: 'STRIPE_CONNECT', couponId, maxRedemptions: 1 });
    const other = await shop.createPromoCode({ provider: 'STRIPE_CONNECT', couponId });
    await shop.hold({ code: full.code, holdSeconds: 600 });
    await shop.hold({ code: other.code, holdSeconds: 60 });
    expect(await shop.redeem({ code: full.code })).toMatchObject({ reason: 'EXHAUSTED', retryAfterSeconds: 600 });
  });

  it('the later one if the limits of the code and its coupon are used up', async () => {
    const { id: couponId } = await shop.createCoupon({ maxRedemptions: 2 });
    const full = await shop.createPromoCode({ provider: 'STRIPE_CONNECT', couponId, maxRedemptions: 1 });
    const other = await shop.createPromoCode({ provider: 'STRIPE_CONNECT', couponId });
    await shop.hold({ code: full.code, holdSeconds: 600 });
    await shop.hold({ code: other.code, holdSeconds: 60 });
    expect(await shop.redeem({ code: full.code })).toMatchObject({ retryAfterSeconds: 600 });
    expect(await shop.redeem({ code: other.code })).toMatchObject({ retryAfterSeconds: 60 });
  });
});

it('a first read of a coupon that fails passes on when its provider accepts calls again', async () => {
  const fresh = await startGateway();
  const elsewhere = openShop(fresh);
  const { id } = await shop.createCoupon({ provider: 'FLEXPRICE' });
  fresh.flexprice.fail({
    kind: 'answer',
    status: 429,
    headers: { 'retry-after': '7' },
    times: Number.POSITIVE_INFINITY,
  });
  expect(await elsewhere.redeemCoupon({ couponId: id })).toMatchObject({
    reason: 'CANNOT_VERIFY',
    retryAfterSeconds: 7,
  });
  await fresh.stop();
});
