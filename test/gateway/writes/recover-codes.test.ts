import { describe, expect, it } from 'vitest';
import { payloadOf } from '../../support/mutations.ts';
import { CODES, COUPONS, DAY, LOST, MINUTE, NEVER_ARRIVED, start } from './lost-creations.ts';

describe('the creation of a code on a coupon', () => {
  it('is not recovered with a code of another customer or with other terms', async () => {
    const { gateway, createCoupon, createCode, outcomes, ask } = await start();
    const { coupon } = payloadOf(await createCoupon());
    const welcome = { couponId: coupon.id, code: 'WELCOME', perCustomerLimit: 1, allowGatewayRules: true };
    const ofTwo = { ...welcome, customerId: 'cus_2', idempotencyKey: 'cus_2' };
    gateway.chatdash.fail({ ...NEVER_ARRIVED, path: CODES });
    await createCode(ofTwo);
    // Another person creates a code with the same text at the provider meanwhile.
    await ask('POST', '/promotion-codes', { coupon: coupon.providerId, code: 'WELCOME', customer: 'cus_1' });
    await ask('POST', '/promotion-codes', {
      coupon: coupon.providerId,
      code: 'WELCOME',
      customer: 'cus_2',
      max_redemptions: 7,
    });
    expect(await outcomes()).toEqual(['LATER']);
    gateway.advance(MINUTE);
    expect(await outcomes()).toEqual(['NOT_MADE']);
    expect(await createCode(ofTwo)).toMatchObject({ __typename: 'PromotionConflictError' });
  });

  it('is recovered if the code inherits expiry and limit from the coupon', async () => {
    const { gateway, createCoupon, createCode, outcomes } = await start();
    const expiresAt = new Date(gateway.now() + DAY).toISOString();
    const { coupon } = payloadOf(await createCoupon({ maxRedemptions: 9, expiresAt }));
    gateway.chatdash.fail({ ...LOST, path: CODES });
    await createCode({ couponId: coupon.id, code: 'INHERITS', firstTransactionOnly: true });
    expect(await outcomes()).toEqual(['FINISHED']);
  });

  it('counts as not made if the coupon is gone and the call can no longer be in progress', async () => {
    const { gateway, createCoupon, createCode, outcomes } = await start();
    const { coupon } = payloadOf(await createCoupon());
    gateway.chatdash.fail({ ...NEVER_ARRIVED, path: CODES });
    const input = { couponId: coupon.id, code: 'STUCK', idempotencyKey: 'stuck' };
    await createCode(input);
    const body = { error: `No such coupon: '${coupon.providerId}'` };
    gateway.chatdash.fail({ kind: 'answer', status: 400, body, method: 'GET', path: CODES, times: 3 });
    expect(await outcomes()).toEqual(['LATER']);
    gateway.advance(MINUTE);
    expect(await outcomes()).toEqual(['NOT_MADE']);
    // The code text can be used again.
    expect(await createCode({ code: 'STUCK', discount: { percentage: '5' } })).toMatchObject({ replayed: false });
  });
});

it('a generated code text is the same in each repeat and in recovery, and its coupon is created once', async () => {
  const { gateway, createCode, outcomes, posts } = await start();
  const input = { discount: { percentage: '10' }, idempotencyKey: 'random' };
  gateway.chatdash.fail({ ...LOST, path: COUPONS });
  expect(await createCode(input)).toMatchObject({ kind: 'UNAVAILABLE' });
  gateway.chatdash.fail({ ...NEVER_ARRIVED, path: CODES });
  expect(await createCode(input)).toMatchObject({ kind: 'UNAVAILABLE' });
  expect(await outcomes()).toEqual(['LATER']);
  gateway.advance(MINUTE);
  expect(await outcomes()).toEqual(['NOT_MADE']);
  const { promoCode } = payloadOf(await createCode(input));
  expect(gateway.chatdash.codes()).toEqual([promoCode.code]);
  expect(posts(COUPONS)).toHaveLength(1);
});

it('a generated code text stays with its key after a creation that never arrived is given up', async () => {
  const { gateway, createCode, outcomes } = await start();
  const input = { provider: 'FLEXPRICE', discount: { percentage: '10' }, idempotencyKey: 'random' };
  gateway.flexprice.fail({ ...NEVER_ARRIVED, path: COUPONS });
  await createCode(input);
  const [left] = await gateway.gateway.store.pendingWrites.all();
  gateway.advance(MINUTE);
  expect(await outcomes()).toEqual(['NOT_MADE']);
  const { promoCode } = payloadOf(await createCode(input));
  expect(left?.request).toMatchObject({ promoCode: { code: promoCode.code.toUpperCase() } });
  // The key had no effect, so another input may use it and gets its own random code.
  const other = { ...input, idempotencyKey: 'other' };
  gateway.flexprice.fail({ kind: 'answer', status: 429, method: 'POST', path: COUPONS, times: 2 });
  await createCode(other);
  expect(await createCode({ ...other, maxRedemptions: 5 })).toMatchObject({ kind: 'RATE_LIMITED' });
  expect(await createCode({ ...other, maxRedemptions: 5 })).toMatchObject({ replayed: false });
});
