import { describe, expect, it } from 'vitest';
import { delayAnswer } from '../../support/delay-answer.ts';
import { freshGateway } from '../../support/gateways.ts';
import { payloadOf } from '../../support/mutations.ts';
import { openShop } from '../../support/shop.ts';
import type { RunningGateway } from '../../support/start-gateway.ts';
import { CODES, COUPONS, creationsOf, DAY, LOST, MINUTE, NEVER_ARRIVED, start } from './lost-creations.ts';

it('a look-up that finds nothing counts from when it began', async () => {
  const { gateway, createCoupon, outcomes, posts, couponAtChatdash } = await start();
  gateway.chatdash.fail({ ...NEVER_ARRIVED, path: COUPONS });
  await createCoupon();
  gateway.advance(56_000);
  const { isSent, answer } = delayAnswer(gateway.chatdash, { method: 'GET', path: COUPONS });
  const looking = outcomes();
  await isSent;
  // The write arrives after the list was read.
  await couponAtChatdash();
  gateway.advance(4500);
  answer();
  expect(await looking).toEqual(['LATER']);
  expect(await createCoupon()).toMatchObject({ replayed: false });
  expect(posts(COUPONS)).toHaveLength(2);
});

describe('after the clock was set back by a day, times in the future', () => {
  it('do not delay recovery', async () => {
    const { gateway, createCoupon, outcomes } = await start();
    gateway.advance(DAY);
    gateway.chatdash.fail({ ...NEVER_ARRIVED, path: COUPONS });
    await createCoupon();
    expect(await outcomes()).toEqual(['LATER']);
    gateway.advance(-DAY);
    expect(await outcomes()).toEqual(['LATER']);
    gateway.advance(MINUTE);
    expect(await outcomes()).toEqual(['NOT_MADE']);
  });

  it('make no hold longer than the longest hold', async () => {
    const { gateway } = await start();
    const shop = openShop(gateway);
    const { code } = await shop.createPromoCode();
    gateway.advance(30 * DAY);
    const { redemption } = payloadOf(await shop.hold({ code, holdSeconds: 60 }));
    const status = async () =>
      (await gateway.run('query ($id: ID!) { redemption(id: $id) { status } }', { id: redemption.id })).redemption;
    gateway.advance(-30 * DAY);
    // As the background job does every second.
    await gateway.gateway.store.ledger.releaseExpired(gateway.now());
    expect(await status()).toEqual({ status: 'HELD' });
    gateway.advance(7 * DAY);
    expect(await status()).toEqual({ status: 'EXPIRED' });
  });

  it('keep no lease on a key or a synchronisation', async () => {
    const { gateway, createCoupon, outcomes, sync } = await start();
    gateway.chatdash.fail({ ...LOST, path: COUPONS });
    await createCoupon();
    const { idempotencyKeys, pendingWrites, syncRounds } = gateway.gateway.store;
    const [left] = await pendingWrites.all();
    const then = gateway.now() + DAY;
    expect(left && (await idempotencyKeys.takeOver(left.call, () => then))).not.toBeNull();
    expect(await outcomes()).toEqual(['FINISHED']);
    const owner = { provider: 'STRIPE_CONNECT', account: 'acct_one' } as const;
    expect(await syncRounds.claim(owner, () => then)).not.toBeNull();
    expect(await sync()).toBe('DONE');
  });
});

it('a call whose key was taken over returns the result of the call that took it over', async () => {
  const { gateway, createCoupon, createCode } = await start();
  const { coupon } = payloadOf(await createCoupon());
  gateway.advance(MINUTE);
  const { isSent, answer } = delayAnswer(gateway.chatdash, { method: 'GET', path: CODES });
  const input = { couponId: coupon.id, code: 'ONCE', idempotencyKey: 'once' };
  const first = createCode(input);
  await isSent;
  gateway.advance(5001);
  // A second gateway recovers the write, because the first one would share its waiting read.
  const other = await freshGateway({ settings: sharedSettings(gateway) });
  other.advance(gateway.now() - other.now());
  const second = await creationsOf(other).createCode(input);
  expect(second).toMatchObject({ replayed: false });
  answer();
  expect(await first).toEqual({ ...second, replayed: true });
  expect(gateway.chatdash.codes()).toEqual(['ONCE']);
});

/** The settings of another gateway on the same store and the same ChatDash. */
function sharedSettings({ variables, chatdash }: RunningGateway): Record<string, string> {
  return { DATABASE_URL: variables.DATABASE_URL, CHATDASH_BASE_URL: chatdash.url, CHATDASH_API_KEY: chatdash.apiKey };
}

it('a synchronisation that another process took over stores nothing more', async () => {
  const { gateway, sync, couponAtChatdash } = await start();
  await couponAtChatdash();
  const { isSent, answer } = delayAnswer(gateway.chatdash, { method: 'GET', path: COUPONS });
  const first = sync();
  await isSent;
  gateway.advance(5001);
  expect(await sync()).toBe('DONE');
  const { store } = gateway.gateway;
  const owner = { provider: 'STRIPE_CONNECT', account: 'acct_one' } as const;
  const finishedAt = await store.syncRounds.finishedAt(owner);
  gateway.advance(1);
  answer();
  expect(await first).toBe('BUSY');
  expect(await store.syncRounds.finishedAt(owner)).toBe(finishedAt);
});
