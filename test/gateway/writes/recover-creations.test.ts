import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { createFile } from '../../store/test-stores.ts';
import { payloadOf } from '../../support/mutations.ts';
import type { RunningGateway } from '../../support/start-gateway.ts';
import { CODES, COUPONS, DAY, LOST, MINUTE, NEVER_ARRIVED, start } from './lost-creations.ts';

describe.each([0, 2000, -2000, DAY])('a creation at a provider whose clock is %i ms behind ours', (providerLagMs) => {
  it('is recovered even if a synchronisation stored its result first', async () => {
    const { gateway, createCoupon, createCode, outcomes, sync, posts } = await start({ providerLagMs });
    gateway.chatdash.fail({ ...LOST, path: COUPONS });
    expect(await createCoupon()).toMatchObject({ kind: 'UNAVAILABLE' });
    expect(await sync()).toBe('DONE');
    expect(await outcomes()).toEqual(['FINISHED']);
    const { coupon } = payloadOf(await createCoupon());
    gateway.chatdash.fail({ ...LOST, path: CODES });
    const ruled = {
      couponId: coupon.id,
      code: 'RULED',
      perCustomerLimit: 1,
      allowGatewayRules: true,
      idempotencyKey: 'r',
    };
    expect(await createCode(ruled)).toMatchObject({ kind: 'UNAVAILABLE' });
    await sync();
    expect(await outcomes()).toEqual(['FINISHED']);
    expect(await createCode(ruled)).toMatchObject({ replayed: true, promoCode: { perCustomerLimit: 1 } });
    expect([posts(COUPONS).length, posts(CODES).length]).toEqual([1, 1]);
  });

  it('that never arrived is not mistaken for an object that existed before', async () => {
    const { gateway, createCoupon, outcomes, posts, couponAtChatdash } = await start({ providerLagMs });
    await couponAtChatdash();
    gateway.chatdash.fail({ ...NEVER_ARRIVED, path: COUPONS });
    await createCoupon();
    expect(await outcomes()).toEqual(['LATER']);
    gateway.advance(MINUTE);
    expect(await outcomes()).toEqual(['NOT_MADE']);
    expect(await createCoupon()).toMatchObject({ replayed: false });
    expect(posts(COUPONS)).toHaveLength(3);
  });
});

it('recovery does not take an older object beyond the first page of a list for the result of a call', async () => {
  const { gateway, createCoupon, outcomes, couponAtChatdash } = await start();
  await couponAtChatdash();
  gateway.advance(1000);
  for (let number = 0; number < 100; number += 1) await couponAtChatdash({ name: `Other ${number}` });
  gateway.chatdash.fail({ ...NEVER_ARRIVED, path: COUPONS });
  await createCoupon();
  gateway.advance(MINUTE);
  expect(await outcomes()).toEqual(['NOT_MADE']);
});

describe('a pending write of a version that did not look before its call', () => {
  const asOld = async (gateway: RunningGateway) => {
    const sqlite = new Sqlite(gateway.variables.DATABASE_URL);
    sqlite.exec("UPDATE intents SET request = json_remove(request, '$.before')");
    sqlite.close();
  };

  it('is recovered if an object that fits was created at about that time', async () => {
    const { gateway, createCoupon, outcomes } = await start({ store: createFile, providerLagMs: 2000 });
    gateway.chatdash.fail({ ...LOST, path: COUPONS });
    await createCoupon();
    await asOld(gateway);
    expect(await outcomes()).toEqual(['FINISHED']);
  });

  it('is left to an operator if the object that fits may be older', async () => {
    const { gateway, createCoupon, outcomes, couponAtChatdash } = await start({ store: createFile });
    await couponAtChatdash();
    gateway.advance(DAY);
    gateway.chatdash.fail({ ...NEVER_ARRIVED, path: COUPONS });
    await createCoupon();
    await asOld(gateway);
    expect(await outcomes()).toEqual(['IN_DOUBT']);
  });
});

it('recovery does not take the result of one idempotency key for that of another', async () => {
  const { gateway, createCoupon, outcomes } = await start();
  gateway.chatdash.fail({ ...LOST, path: COUPONS });
  await createCoupon();
  const second = payloadOf(await createCoupon({ idempotencyKey: 'second' }));
  expect(second).toMatchObject({ replayed: false });
  expect(await outcomes()).toEqual(['FINISHED']);
  const first = payloadOf(await createCoupon());
  expect(first).toMatchObject({ replayed: true });
  expect(first.coupon.providerId).not.toBe(second.coupon.providerId);
});

it('recovery takes no object that may be the result of another pending write', async () => {
  const { gateway, createCoupon, outcomes } = await start();
  gateway.chatdash.fail({ ...NEVER_ARRIVED, path: COUPONS });
  await createCoupon();
  gateway.chatdash.fail({ ...LOST, path: COUPONS });
  await createCoupon({ idempotencyKey: 'second' });
  expect(await outcomes()).toEqual(['IN_DOUBT', 'IN_DOUBT']);
});

it('a creation whose look-up before the call fails sends nothing and leaves its key free', async () => {
  const { gateway, createCoupon, posts } = await start();
  gateway.chatdash.fail({ kind: 'answer', status: 503, method: 'GET', path: COUPONS });
  expect(await createCoupon()).toMatchObject({ kind: 'UNAVAILABLE' });
  expect(posts(COUPONS)).toEqual([]);
  expect(await gateway.gateway.store.pendingWrites.all()).toEqual([]);
  expect(await createCoupon({ name: 'Autumn' })).toMatchObject({ replayed: false });
});
