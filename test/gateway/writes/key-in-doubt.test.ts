import { beforeEach, describe, expect, it } from 'vitest';
import { makeKeys } from '../../support/credentials/keys.ts';
import { freshGateway } from '../../support/gateways.ts';
import { type Input, type MutationName, mutate, payloadOf } from '../../support/mutations.ts';
import { recoverOnce } from '../../support/rounds.ts';
import { type Json, type RunningGateway, startGateway } from '../../support/start-gateway.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const LOST = { kind: 'hang-up', commit: true } as const;
const NEVER_ARRIVED = { kind: 'hang-up' } as const;

const keys = makeKeys({ admin: 'read+manage+quote+redeem+operate', shop: 'quote+redeem' });

let gateway: RunningGateway;
beforeEach(async () => {
  gateway = await freshGateway({ settings: keys.settings });
});

/** Sends a mutation as a caller. Default: the administrator. */
const call = <Name extends MutationName>(
  mutation: Name,
  input: Input,
  caller: 'admin' | 'shop' = 'admin',
  { run } = gateway,
) => mutate(run, mutation, input, keys.of(caller));
const outcomes = () => recoverOnce(gateway);
const UNKNOWN = { __typename: 'PromotionProviderError', kind: 'TIMED_OUT', retryable: true };
const TEN = { discount: { percentage: '10' } };
const inSeconds = (seconds: number) => new Date(gateway.now() + seconds * 1000).toISOString();

describe('a creation with an unknown outcome', () => {
  it.each(['DURO', 'FLEXPRICE', 'STRIPE_CONNECT'])(
    'that took effect at %s returns its code after that has expired',
    async (provider) => {
      const input = { provider, code: 'SOON', ...TEN, expiresAt: inSeconds(10), idempotencyKey: 'soon' };
      const simulator = gateway.simulatorOf(provider);
      simulator.fail({ ...LOST, method: 'POST', path: /(promo-codes|coupons|promotion-codes)$/ });
      expect((await call('createPromoCode', input)).__typename).toBe('PromotionProviderError');
      gateway.advance(11_000);
      const repeat = await call('createPromoCode', input);
      // At ChatDash only the coupon was created, so the expired code is refused.
      if (provider === 'STRIPE_CONNECT') expect(repeat.__typename).toBe('PromotionInputError');
      else expect(repeat).toMatchObject({ replayed: false, promoCode: { status: 'EXPIRED' } });
    },
  );

  it('is treated as new once it is known to have had no effect', async () => {
    const input = {
      provider: 'STRIPE_CONNECT',
      name: 'Soon',
      ...TEN,
      expiresAt: inSeconds(70),
      idempotencyKey: 'soon',
    };
    gateway.chatdash.fail({ ...NEVER_ARRIVED, method: 'POST' });
    await call('createCoupon', input);
    expect(await call('createCoupon', input)).toMatchObject({ ...UNKNOWN, retryAfterSeconds: 60 });
    gateway.advance(71_000);
    expect(await call('createCoupon', input)).toMatchObject({ __typename: 'PromotionInputError' });
    // The key is unused again, so another input may use it.
    expect(await call('createCoupon', { ...input, expiresAt: undefined })).toMatchObject({ replayed: false });
  });

  it('keeps its key after 30 days, for the same input and for another', async () => {
    const input = { provider: 'DURO', code: 'OLD', ...TEN, idempotencyKey: 'old' };
    gateway.duro.fail({ ...LOST, method: 'POST' });
    await call('createPromoCode', input);
    gateway.advance(31 * DAY);
    expect(await call('createPromoCode', input)).toMatchObject(UNKNOWN);
    await gateway.gateway.store.idempotencyKeys.deleteOld(gateway.now());
    expect(await call('createPromoCode', input)).toMatchObject(UNKNOWN);
    expect(await call('createPromoCode', { ...input, code: 'OTHER' })).toMatchObject({
      __typename: 'IdempotencyConflictError',
    });
    expect(gateway.duro.calls.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('stays unknown after a conflict with what may be its own result', async () => {
    const input = { provider: 'FLEXPRICE', code: 'RUSH', ...TEN, idempotencyKey: 'rush' };
    gateway.flexprice.fail({ ...NEVER_ARRIVED, method: 'POST', path: /coupons$/ });
    await call('createPromoCode', input);
    gateway.flexprice.fail({ kind: 'answer', status: 409, body: {}, method: 'POST', path: /coupons$/ });
    expect(await call('createPromoCode', input)).toMatchObject(UNKNOWN);
    expect(await call('createPromoCode', input)).toMatchObject({ replayed: false });
    expect(gateway.flexprice.codes()).toEqual(['rush']);
  });
});

describe('an application to a subscription with an unknown outcome', () => {
  const use = { code: 'DOUBT', subscriptionId: 'subs_1', order: { id: 'o' }, idempotencyKey: 'doubt' };
  let promoCode: Json;
  beforeEach(async () => {
    ({ promoCode } = await call('createPromoCode', {
      provider: 'FLEXPRICE',
      code: 'DOUBT',
      ...TEN,
      maxRedemptions: 5,
    }));
    gateway.flexprice.fail({ ...LOST, method: 'POST', path: /modify/ });
    expect(await call('redeemPromoCode', use, 'shop')).toMatchObject({ kind: 'UNAVAILABLE' });
  });

  it('returns its redemption to a caller without read access, even if the code is switched off', async () => {
    await call('updatePromoCode', { id: promoCode.id, active: false, allowGatewayRules: true });
    expect(await call('redeemPromoCode', use, 'shop')).toMatchObject({ redemption: { status: 'REDEEMED' } });
    expect(await outcomes()).toEqual([]);
    expect(gateway.flexprice.redeemed(promoCode.providerId)).toBe(1);
  });

  it('returns its redemption even if the code has become ambiguous', async () => {
    await call('createPromoCode', { provider: 'DURO', code: 'DOUBT', ...TEN });
    expect(await call('redeemPromoCode', use, 'shop')).toMatchObject({ redemption: { status: 'REDEEMED' } });
  });

  it('stays unknown while its provider is down, even if the code is switched off', async () => {
    await call('updatePromoCode', { id: promoCode.id, active: false, allowGatewayRules: true });
    gateway.flexprice.fail({ kind: 'answer', status: 503, times: Number.POSITIVE_INFINITY });
    expect(await call('redeemPromoCode', use, 'shop')).toMatchObject({ kind: 'UNAVAILABLE', retryable: true });
    gateway.flexprice.heal();
    expect(await call('redeemPromoCode', use, 'shop')).toMatchObject({ redemption: { status: 'REDEEMED' } });
  });

  it('stays unknown while its provider is not configured', async () => {
    const without = await startWithout('FLEXPRICE_API_KEY');
    expect(await call('redeemPromoCode', use, 'shop', without)).toMatchObject(UNKNOWN);
    await without.stop();
    expect(await call('redeemPromoCode', use, 'shop')).toMatchObject({ redemption: { status: 'REDEEMED' } });
  });

  it('can be ended without an answer, and a repeat returns the cancelled redemption', async () => {
    const { redemption } = payloadOf(await call('redeemPromoCode', use, 'shop'));
    const ending = { id: redemption.id, idempotencyKey: 'end' };
    gateway.flexprice.fail({ ...LOST, method: 'POST', path: /modify/ });
    expect(await call('cancelRedemption', ending, 'shop')).toMatchObject({ kind: 'UNAVAILABLE' });
    expect(await call('cancelRedemption', ending, 'shop')).toMatchObject({ redemption: { status: 'CANCELLED' } });
  });
});

describe('a change with an unknown outcome', () => {
  it('is never sent again: a later change stays in effect, and its key stays in use', async () => {
    const { coupon } = payloadOf(await call('createCoupon', { provider: 'STRIPE_CONNECT', name: 'Old', ...TEN }));
    const one = { id: coupon.id, name: 'One', idempotencyKey: '1' };
    gateway.chatdash.fail({ ...LOST, method: 'PUT' });
    await call('updateCoupon', one);
    await call('updateCoupon', { id: coupon.id, name: 'Two', idempotencyKey: '2' });
    expect(await call('updateCoupon', one)).toMatchObject(UNKNOWN);
    gateway.advance(MINUTE);
    const conflict = { __typename: 'PromotionConflictError', message: expect.stringContaining('Another change') };
    expect(await call('updateCoupon', one)).toMatchObject(conflict);
    expect(await call('updateCoupon', one)).toMatchObject(conflict);
    expect(await outcomes()).toEqual(['IN_DOUBT']);
    expect(await call('updateCoupon', one)).toMatchObject(conflict);
    const { coupon: shown } = await gateway.run(
      'query ($id: ID!) { coupon(id: $id, policy: FRESH) { name } }',
      { id: coupon.id },
      keys.of('admin'),
    );
    expect(shown?.name).toBe('Two');
    expect(gateway.chatdash.calls.filter(({ method }) => method === 'PUT')).toHaveLength(2);
  });

  it('that never arrived is not sent after a later change of gateway rules', async () => {
    const { promoCode } = payloadOf(await call('createPromoCode', { provider: 'DURO', code: 'KEPT', ...TEN }));
    const older = { id: promoCode.id, perCustomerLimit: 1, maxRedemptions: 5, idempotencyKey: 'older' };
    gateway.duro.fail({ ...NEVER_ARRIVED, method: 'PATCH' });
    expect(await call('updatePromoCode', { ...older, allowGatewayRules: true })).toMatchObject({ kind: 'UNAVAILABLE' });
    const later = { id: promoCode.id, perCustomerLimit: 2, allowGatewayRules: true, idempotencyKey: 'later' };
    expect(await call('updatePromoCode', later)).toMatchObject({ promoCode: { perCustomerLimit: 2 } });
    gateway.advance(MINUTE);
    expect(await call('updatePromoCode', { ...older, allowGatewayRules: true })).toMatchObject({
      __typename: 'PromotionConflictError',
    });
    expect(gateway.duro.calls.filter(({ method }) => method === 'PATCH')).toHaveLength(1);
  });

  it('is known to have had no effect if only a refused change followed it', async () => {
    const { coupon } = payloadOf(await call('createCoupon', { provider: 'STRIPE_CONNECT', name: 'Old', ...TEN }));
    const one = { id: coupon.id, name: 'One', idempotencyKey: '1' };
    gateway.chatdash.fail({ ...NEVER_ARRIVED, method: 'PUT' });
    await call('updateCoupon', one);
    gateway.chatdash.fail({ kind: 'answer', status: 400, body: { error: 'Invalid name' }, method: 'PUT' });
    await call('updateCoupon', { id: coupon.id, name: 'Two', idempotencyKey: '2' });
    gateway.advance(MINUTE);
    expect(await call('updateCoupon', one)).toMatchObject({ replayed: false, coupon: { name: 'One' } });
  });

  it('that took effect is recognized, even if the provider raised its limit to the count', async () => {
    const { promoCode } = payloadOf(
      await call('createPromoCode', { provider: 'DURO', code: 'LOW', ...TEN, maxRedemptions: 5 }),
    );
    gateway.duro.redeem(promoCode.providerId, 3);
    const change = { id: promoCode.id, maxRedemptions: 1, perCustomerLimit: 1, idempotencyKey: 'u' };
    gateway.duro.fail({ ...LOST, method: 'PATCH' });
    await call('updatePromoCode', change);
    expect(await call('updatePromoCode', change)).toMatchObject({
      replayed: false,
      promoCode: { maxRedemptions: 3, redeemedCount: 3, perCustomerLimit: 1 },
    });
    expect(gateway.duro.calls.filter(({ method }) => method === 'PATCH')).toHaveLength(1);
  });

  it('stays unknown while its provider is not configured', async () => {
    const { coupon } = payloadOf(await call('createCoupon', { provider: 'STRIPE_CONNECT', name: 'Old', ...TEN }));
    gateway.chatdash.fail({ ...LOST, method: 'PUT' });
    await call('updateCoupon', { id: coupon.id, name: 'One', idempotencyKey: '1' });
    const without = await startWithout('CHATDASH_API_KEY');
    const again = { id: coupon.id, name: 'One', idempotencyKey: '1' };
    expect(await call('updateCoupon', again, 'admin', without)).toMatchObject(UNKNOWN);
    await without.stop();
    expect(await call('updateCoupon', again)).toMatchObject({ replayed: false, coupon: { name: 'One' } });
  });

  it('that creates a coupon stays unknown while its provider is not configured', async () => {
    const input = { provider: 'FLEXPRICE', name: 'Spring', ...TEN, idempotencyKey: 'spring' };
    gateway.flexprice.fail({ ...LOST, method: 'POST', path: /coupons$/ });
    await call('createCoupon', input);
    const without = await startWithout('FLEXPRICE_API_KEY');
    expect(await call('createCoupon', input, 'admin', without)).toMatchObject(UNKNOWN);
    await without.stop();
    expect(await call('createCoupon', input)).toMatchObject({ replayed: false });
  });
});

/** Starts a gateway on the same store with one provider switched off. */
function startWithout(apiKey: string): Promise<RunningGateway> {
  const { DATABASE_URL } = gateway.variables;
  return startGateway({ settings: { ...keys.settings, DATABASE_URL, [apiKey]: '' } });
}
