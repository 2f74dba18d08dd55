import Sqlite from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { delayAnswer } from '../../support/delay-answer.ts';
import { type Input, mutate, payloadOf } from '../../support/mutations.ts';
import { type GatewayProcess, startProcess } from '../../support/processes/gateway-process.ts';
import { lendProviders } from '../../support/processes/lend-providers.ts';
import type { RunningGateway } from '../../support/start-gateway.ts';

/** A lease lapses after five seconds, and processes start slowly on a busy machine. */
const TEST_TIMEOUT_MS = 240_000;
const TEN_PERCENT = { discount: { percentage: '10' } };

let lender: RunningGateway;
let paused: GatewayProcess;
let other: GatewayProcess;
let store: Sqlite.Database;
/** How many calls the provider had received before the running test. */
let callsBefore: number;
beforeAll(async () => {
  const { settings, file, ...lent } = await lendProviders();
  lender = lent.lender;
  const alone = { ...settings, SYNC_SECONDS: '0' };
  [paused, other] = await Promise.all([startProcess(alone), startProcess(alone)]);
  store = new Sqlite(file);
}, TEST_TIMEOUT_MS);
beforeEach(() => {
  callsBefore = lender.chatdash.calls.length;
});
afterEach(() => {
  paused.resume();
  lender.chatdash.heal();
});
afterAll(async () => {
  store.close();
  await Promise.all([paused.end('SIGKILL'), other.end('SIGKILL')]);
  await lender.stop();
});

/** Pauses the process outside of its transactions. Within one it would keep the store locked for the other process. */
function pauseUnlocked(): void {
  store.exec('BEGIN IMMEDIATE');
  paused.pause();
  store.exec('ROLLBACK');
}

/** Creates a coupon or a promo code through one of the processes. */
const send = <Name extends 'createCoupon' | 'createPromoCode'>(gateway: GatewayProcess, mutation: Name, input: Input) =>
  mutate(gateway.run, mutation, { provider: 'STRIPE_CONNECT', ...(!input.couponId && TEN_PERCENT), ...input });
const posts = (ending: string) =>
  lender.chatdash.calls.slice(callsBefore).filter(({ method, path }) => method === 'POST' && path.endsWith(ending))
    .length;

it('a process that was paused before its call sends nothing after another took over its key', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const { coupon } = payloadOf(await send(other, 'createCoupon', { name: 'Ten' }));
  const input = { couponId: coupon.id, idempotencyKey: 'before its call' };
  const look = delayAnswer(lender.chatdash, { method: 'GET', path: /promotion-codes$/ });
  const first = send(paused, 'createPromoCode', input);
  await look.isSent;
  pauseUnlocked();
  look.answer();
  const repeat = await send(other, 'createPromoCode', input);
  expect(repeat).toMatchObject({ __typename: 'CreatePromoCodePayload', replayed: false });
  paused.resume();
  // The paused process sent nothing: the key returns what the other one has created.
  expect(await first).toEqual({ ...repeat, replayed: true });
  expect(lender.chatdash.codes()).toEqual([repeat.promoCode?.code]);
  expect(posts('promotion-codes')).toBe(1);
  expect(await send(other, 'createPromoCode', input)).toEqual({ ...repeat, replayed: true });
});

it('a process that was paused during its call does not overwrite the result of the one that took over its key', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const input = { name: 'Twenty', idempotencyKey: 'during its call' };
  const write = delayAnswer(lender.chatdash, { method: 'POST', path: /coupons$/ });
  const first = send(paused, 'createCoupon', input);
  await write.isSent;
  pauseUnlocked();
  write.answer();
  const repeat = await send(other, 'createCoupon', input);
  expect(repeat).toMatchObject({ __typename: 'CreateCouponPayload', replayed: false });
  paused.resume();
  expect(await first).toEqual({ ...repeat, replayed: true });
  expect(posts('coupons')).toBe(1);
});

it('a process that was paused neither acts nor releases its key while another process uses the key', {
  timeout: TEST_TIMEOUT_MS,
}, async () => {
  const input = { name: 'Thirty', idempotencyKey: 'in use' };
  const firstLook = delayAnswer(lender.chatdash, { method: 'GET', path: /coupons$/ });
  const first = send(paused, 'createCoupon', input);
  await firstLook.isSent;
  pauseUnlocked();
  firstLook.answer();
  const write = delayAnswer(lender.chatdash, { method: 'POST', path: /coupons$/ });
  const second = send(other, 'createCoupon', input);
  await write.isSent;
  paused.resume();
  expect(await first).toMatchObject({ __typename: 'PromotionProviderError', kind: 'TIMED_OUT', retryable: true });
  // The other process still has the lease of the key, so a repeat waits.
  const third = send(paused, 'createCoupon', input);
  write.answer();
  const made = await second;
  expect(made).toMatchObject({ __typename: 'CreateCouponPayload', replayed: false });
  expect(await third).toEqual({ ...made, replayed: true });
  expect(posts('coupons')).toBe(1);
});
