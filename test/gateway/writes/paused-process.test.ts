import { afterEach, beforeEach, expect, it } from 'vitest';
import { type GatewayProcess, startProcess } from '../../support/gateway-process.ts';
import { lendProviders } from '../../support/lend-providers.ts';
import type { Json, RunningGateway } from '../../support/start-gateway.ts';

/** A lease lapses after five seconds, and processes start slowly on a busy machine. */
const PATIENCE = 90_000;

let lender: RunningGateway;
let settings: Record<string, string>;
let paused: GatewayProcess;
let other: GatewayProcess;
beforeEach(async () => {
  ({ lender, settings } = await lendProviders());
  const alone = { ...settings, SYNC_SECONDS: '0' };
  [paused, other] = await Promise.all([startProcess(alone), startProcess(alone)]);
}, PATIENCE);
afterEach(async () => {
  paused.goOn();
  await Promise.all([paused.end('SIGKILL'), other.end('SIGKILL')]);
  await lender.stop();
});

const CREATE_CODE = `mutation ($input: CreatePromoCodeInput!) { result: createPromoCode(input: $input) { __typename
  ... on CreatePromoCodePayload { replayed promoCode { id code } } ... on PromotionProviderError { kind retryable } } }`;
const CREATE_COUPON = `mutation ($input: CreateCouponInput!) { result: createCoupon(input: $input) { __typename
  ... on CreateCouponPayload { replayed coupon { id } } ... on PromotionProviderError { kind retryable } } }`;
const send = async (gateway: GatewayProcess, query: string, input: Json): Promise<Json> =>
  (await gateway.send(query, { input: { discount: { percentage: '10' }, ...input } })).data.result;
const posts = (ending: string) =>
  lender.chatdash.calls.filter(({ method, path }) => method === 'POST' && path.endsWith(ending)).length;

/** Keeps the answer to the next such call until it is released, and tells when the call has come. */
function keepAnswer(method: string, path: RegExp) {
  const released = Promise.withResolvers<void>();
  const struck = Promise.withResolvers<void>();
  lender.chatdash.fail({ kind: 'late', method, path, delay: released.promise, onStrike: struck.resolve });
  return { release: released.resolve, struck: struck.promise };
}

it('a process that is paused before it sends makes nothing once another has its key', {
  timeout: PATIENCE,
}, async () => {
  const { coupon } = await send(other, CREATE_COUPON, { provider: 'STRIPE_CONNECT', name: 'Ten' });
  const input = { provider: 'STRIPE_CONNECT', couponId: coupon.id, discount: undefined, idempotencyKey: 'one' };
  const look = keepAnswer('GET', /promotion-codes$/);
  const first = send(paused, CREATE_CODE, input);
  await look.struck;
  paused.pause();
  look.release();
  const repeat = await send(other, CREATE_CODE, input);
  expect(repeat).toMatchObject({ __typename: 'CreatePromoCodePayload', replayed: false });
  paused.goOn();
  // Nothing was sent by it; the key gives what the other has made.
  expect(await first).toEqual({ ...repeat, replayed: true });
  expect(lender.chatdash.codes()).toEqual([repeat.promoCode.code]);
  expect(posts('promotion-codes')).toBe(1);
  expect(await send(other, CREATE_CODE, input)).toEqual({ ...repeat, replayed: true });
});

it('a process that is paused before it has its answer does not record over the one that has its key', {
  timeout: PATIENCE,
}, async () => {
  const input = { provider: 'STRIPE_CONNECT', name: 'Ten', idempotencyKey: 'one' };
  const write = keepAnswer('POST', /coupons$/);
  const first = send(paused, CREATE_COUPON, input);
  await write.struck;
  paused.pause();
  write.release();
  const repeat = await send(other, CREATE_COUPON, input);
  expect(repeat).toMatchObject({ __typename: 'CreateCouponPayload', replayed: false });
  paused.goOn();
  expect(await first).toEqual({ ...repeat, replayed: true });
  expect(posts('coupons')).toBe(1);
});

it('a process that is paused, and whose key another has under way, neither acts nor gives the key away', {
  timeout: PATIENCE,
}, async () => {
  const input = { provider: 'STRIPE_CONNECT', name: 'Ten', idempotencyKey: 'one' };
  const firstLook = keepAnswer('GET', /coupons$/);
  const first = send(paused, CREATE_COUPON, input);
  await firstLook.struck;
  paused.pause();
  firstLook.release();
  const write = keepAnswer('POST', /coupons$/);
  const second = send(other, CREATE_COUPON, input);
  await write.struck;
  paused.goOn();
  expect(await first).toMatchObject({ __typename: 'PromotionProviderError', kind: 'TIMED_OUT', retryable: true });
  // The key is still in the other's hands: a repeat waits for it.
  const third = send(paused, CREATE_COUPON, input);
  write.release();
  const made = await second;
  expect(made).toMatchObject({ __typename: 'CreateCouponPayload', replayed: false });
  expect(await third).toEqual({ ...made, replayed: true });
  expect(posts('coupons')).toBe(1);
});
