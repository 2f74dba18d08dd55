import { beforeEach, expect, it } from 'vitest';
import { settleManually } from '../../../src/gateway/writes/settle-manually.ts';
import { chatdashClient, flexpriceClient, idOf } from '../../simulators/client.ts';
import { defined } from '../../support/defined.ts';
import { delayAnswer } from '../../support/delay-answer.ts';
import { freshGateway } from '../../support/gateways.ts';
import { recoverOnce } from '../../support/rounds.ts';
import { openShop } from '../../support/shop.ts';
import type { Json, RunningGateway } from '../../support/start-gateway.ts';
import { activeUsesOn } from '../../support/uses-at-flexprice.ts';

const MINUTE = 60_000;
const LOST = { kind: 'hang-up', commit: true, method: 'POST' } as const;
const NEVER_ARRIVED = { kind: 'hang-up', method: 'POST' } as const;

let gateway: RunningGateway;
beforeEach(async () => {
  gateway = await freshGateway();
});

const outcomes = () => recoverOnce(gateway);
const halfMade = () => gateway.gateway.store.orphanCoupons.all();
const couponPosts = () =>
  gateway.chatdash.calls.filter(({ method, path }) => method === 'POST' && path.endsWith('/coupons')).length;

const createPromoCode = (input: Json): Promise<Json> => openShop(gateway).tryCreatePromoCode(input);
const createSpring = (input: Json = {}): Promise<Json> =>
  openShop(gateway).tryCreateCoupon({ name: 'Spring', ...input });
const couponAtChatdash = (name: string) =>
  chatdashClient(gateway.chatdash, 'acct_one')('POST', '/coupons', {
    data: { name, percent_off: 10, duration: 'once' },
  }).then(idOf);

it('recovery does not take a ChatDash coupon that existed before the call for the result of the call', async () => {
  await couponAtChatdash('Spring');
  gateway.advance(5000);
  gateway.chatdash.fail({ ...NEVER_ARRIVED, path: /coupons$/ });
  await createSpring();
  expect(await outcomes()).toEqual(['LATER']);
  gateway.advance(MINUTE);
  expect(await outcomes()).toEqual(['NOT_MADE']);
  const { coupons } = await gateway.run('{ coupons { totalCount } }');
  expect(coupons?.totalCount).toBe(0);
});

it('an operator chooses between two ChatDash coupons that fit a lost creation', async () => {
  gateway.chatdash.fail({ ...LOST, path: /coupons$/ });
  await createSpring({ idempotencyKey: 'spring' });
  const theirs = await couponAtChatdash('Spring');
  const [left] = await gateway.gateway.store.pendingWrites.all();
  expect(await outcomes()).toEqual(['IN_DOUBT']);
  expect(await settleManually(gateway.gateway, left?.id ?? '', { made: theirs })).toBe('SETTLED');
  const repeated = await createSpring({ idempotencyKey: 'spring' });
  expect(repeated).toMatchObject({ replayed: true, coupon: { providerId: theirs } });
});

it("recovery does not take another person's Flexprice code for the result of a lost creation", async () => {
  const input = { provider: 'FLEXPRICE', code: 'RUSH', idempotencyKey: 'rush' };
  gateway.flexprice.fail({ ...NEVER_ARRIVED, path: /coupons$/ });
  await createPromoCode(input);
  const body = { name: 'Theirs', coupon_code: 'RUSH', type: 'percentage', percentage_off: '10', cadence: 'once' };
  await flexpriceClient(gateway.flexprice)('POST', '/coupons', body);
  gateway.advance(MINUTE);
  expect(await outcomes()).toEqual(['NOT_MADE']);
  expect(await createPromoCode(input)).toMatchObject({ __typename: 'PromotionConflictError' });
});

it('a repeated creation continues with the ChatDash coupon that recovery found', async () => {
  const input = { provider: 'STRIPE_CONNECT', code: 'HALF', idempotencyKey: 'half' };
  gateway.chatdash.fail({ ...LOST, path: /coupons$/ });
  await createPromoCode(input);
  expect(await outcomes()).toEqual(['FINISHED']);
  const { coupons } = await gateway.run('{ coupons { nodes { id name } } }');
  expect(coupons?.nodes).toMatchObject([{ name: 'HALF' }]);
  expect(await halfMade()).toMatchObject([{ code: 'HALF', couponId: coupons?.nodes[0]?.id }]);
  const whole = await createPromoCode(input);
  expect(whole).toMatchObject({ promoCode: { coupon: { id: coupons?.nodes[0]?.id } } });
  expect([couponPosts(), await halfMade()]).toEqual([1, []]);
});

it('an operator ends a half-finished creation for good', async () => {
  const input = { provider: 'STRIPE_CONNECT', code: 'HALF', idempotencyKey: 'half' };
  gateway.chatdash.fail({ kind: 'answer', status: 400, body: { error: 'no' }, path: /promotion-codes$/ });
  await createPromoCode(input);
  const [half] = await halfMade();
  expect(await settleManually(gateway.gateway, half?.id ?? '', 'NOT_MADE')).toBe('SETTLED');
  expect(await halfMade()).toEqual([]);
  // The key is unused again, so another input may use it.
  expect(await createPromoCode({ ...input, code: 'OTHER' })).toMatchObject({ replayed: false });
});

it('an operator cannot end a half-finished creation while its call is in progress', async () => {
  const input = { provider: 'STRIPE_CONNECT', code: 'HALF', idempotencyKey: 'half' };
  gateway.chatdash.fail({ ...LOST, path: /coupons$/ });
  await createPromoCode(input);
  expect(await outcomes()).toEqual(['FINISHED']);
  const [half] = await halfMade();
  const { isSent, answer } = delayAnswer(gateway.chatdash, { method: 'GET', path: /promotion-codes$/ });
  const goingOn = createPromoCode(input);
  await isSent;
  expect(await settleManually(gateway.gateway, half?.id ?? '', 'NOT_MADE')).toBe('UNDER_WAY');
  answer();
  expect(await goingOn).toMatchObject({ replayed: false });
  expect(await settleManually(gateway.gateway, half?.id ?? '', 'NOT_MADE')).toBe('UNKNOWN_WRITE');
  expect(couponPosts()).toBe(1);
});

it('a repeated creation makes another coupon if the first one is gone', async () => {
  const input = { provider: 'STRIPE_CONNECT', code: 'HALF', idempotencyKey: 'half' };
  gateway.chatdash.fail({ kind: 'answer', status: 400, body: { error: 'no' }, path: /promotion-codes$/ });
  await createPromoCode(input);
  const gone = { kind: 'answer', status: 400, body: { error: "No such coupon: 'x'" } } as const;
  gateway.chatdash.fail({ ...gone, path: /promotion-codes$/ });
  expect(await createPromoCode(input)).toMatchObject({ __typename: 'PromotionProviderError' });
  expect(await halfMade()).toEqual([]);
  expect(await createPromoCode(input)).toMatchObject({ replayed: false });
  expect(couponPosts()).toBe(2);
});

it('an operator chooses between two applications that fit a lost one, and the use stays held until then', async () => {
  await createPromoCode({ provider: 'FLEXPRICE', code: 'SUB', maxRedemptions: 5 });
  const redeem = () => openShop(gateway).redeem({ code: 'SUB', subscriptionId: 'subs_1', idempotencyKey: 'sub' });
  gateway.flexprice.fail({ ...LOST, path: /modify/ });
  await redeem();
  const ask = flexpriceClient(gateway.flexprice);
  const modify = (coupon_params: Json) =>
    ask('POST', '/subscriptions/subs_1/modify/execute', { type: 'coupon', coupon_params });
  const [made = ''] = await activeUsesOn('subs_1', gateway);
  // A subscription has a coupon at most once: a person ends the first use and adds another.
  await modify({ action: 'remove', coupon_association_id: made });
  gateway.advance(1000);
  await modify({ action: 'add', coupon_code: 'SUB' });
  const [left] = await gateway.gateway.store.pendingWrites.all();
  expect(await outcomes()).toEqual(['IN_DOUBT']);
  gateway.advance(365 * 24 * 60 * MINUTE);
  const { promoCodeByCode } = await gateway.run('{ promoCodeByCode(code: "SUB") { heldCount } }');
  expect(promoCodeByCode).toEqual({ heldCount: 1 });
  expect(await settleManually(gateway.gateway, left?.id ?? '', { made })).toBe('SETTLED');
  expect(await redeem()).toMatchObject({
    replayed: true,
    redemption: { status: 'REDEEMED', countedByProvider: true },
  });
});

it('a Flexprice coupon without a code cannot be applied to a subscription', async () => {
  const body = { name: 'Codeless', type: 'percentage', percentage_off: '10', cadence: 'once' };
  const providerId = idOf(await flexpriceClient(gateway.flexprice)('POST', '/coupons', body));
  const { couponByProviderId } = await gateway.run(
    `{ couponByProviderId(provider: FLEXPRICE, providerId: "${providerId}") { id } }`,
  );
  const { id } = defined(couponByProviderId);
  const use = { couponId: id, subscriptionId: 'subs_1' };
  const answer = await openShop(gateway).redeemCoupon(use);
  expect(answer).toMatchObject({ __typename: 'UnsupportedByProviderError', fields: ['subscriptionId'] });
  const after = await gateway.run('query ($id: ID!) { coupon(id: $id) { heldCount redeemedCount } }', { id });
  expect(after.coupon).toEqual({ heldCount: 0, redeemedCount: 0 });
});
