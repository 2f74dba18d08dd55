import { beforeEach, describe, expect, it } from 'vitest';
import { settleManually } from '../../../src/gateway/writes/settle-manually.ts';
import { defined } from '../../support/defined.ts';
import { delayAnswer } from '../../support/delay-answer.ts';
import { freshGateway } from '../../support/gateways.ts';
import { payloadOf } from '../../support/mutations.ts';
import { recoverOnce } from '../../support/rounds.ts';
import { openShop, type Shop } from '../../support/shop.ts';
import type { Json, RunningGateway } from '../../support/start-gateway.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const LOST = { kind: 'hang-up', commit: true } as const;
const NEVER_ARRIVED = { kind: 'hang-up' } as const;

let gateway: RunningGateway;
let shop: Shop;
beforeEach(async () => {
  gateway = await freshGateway();
  shop = openShop(gateway);
});

const PROVIDERS = ['DURO', 'FLEXPRICE', 'STRIPE_CONNECT'] as const;
type Provider = (typeof PROVIDERS)[number];
/** The path of the write itself, which look-ups do not use. */
const PATH = {
  DURO: /promo-codes/,
  FLEXPRICE: /coupons$|modify|coupons\/[^/]+$/,
  STRIPE_CONNECT: /promotion-codes$/,
};

const create = (input: Json): Promise<Json> => shop.tryCreatePromoCode(input);
async function read(code: string): Promise<Json> {
  const { promoCodeByCode } = await gateway.run(
    `query ($code: String!) { promoCodeByCode(code: $code, policy: FRESH) {
      id status gatewayRules metadata redeemedCount heldCount } }`,
    { code },
  );
  return promoCodeByCode;
}
/** The provider of each write in doubt. */
async function doubts(): Promise<string[]> {
  const { providers } = await gateway.run('{ providers { provider inDoubt } }');
  return defined(providers).flatMap(({ provider, inDoubt }) => Array.from({ length: inDoubt }, () => provider));
}
const outcomes = () => recoverOnce(gateway);
const texts = (provider: Provider, code: string) =>
  gateway
    .simulatorOf(provider)
    .codes()
    .filter((text) => text.toUpperCase() === code);

describe.each(PROVIDERS)('a creation at %s', (provider) => {
  it.each([{ idempotencyKey: 'lost' }, {}])('is finished by recovery if its answer was lost (%o)', async (key) => {
    const input = { provider, code: 'LOST', perCustomerLimit: 1, metadata: { team: 'growth' }, ...key };
    gateway.simulatorOf(provider).fail({ ...LOST, method: 'POST', path: PATH[provider] });
    expect(await create({ ...input, allowGatewayRules: true })).toMatchObject({ kind: 'UNAVAILABLE' });
    expect(await outcomes()).toEqual(['FINISHED']);
    expect(await read('lost')).toMatchObject({
      status: 'ACTIVE',
      gatewayRules: ['PER_CUSTOMER_LIMIT'],
      metadata: { team: 'growth' },
    });
    expect(texts(provider, 'LOST')).toHaveLength(1);
    expect(await doubts()).toEqual([]);
    expect(await outcomes()).toEqual([]);
    if (key.idempotencyKey) {
      expect(await create({ ...input, allowGatewayRules: true })).toMatchObject({ replayed: true });
    }
  });

  it('is finished once in parallel recoveries', async () => {
    gateway.simulatorOf(provider).fail({ ...LOST, method: 'POST', path: PATH[provider] });
    await create({ provider, code: 'ONCE' });
    const rounds = await Promise.all([outcomes(), outcomes(), outcomes()]);
    expect(rounds.flat()).toEqual(['FINISHED']);
    expect(texts(provider, 'ONCE')).toHaveLength(1);
  });

  it('is left alone while it is in progress', async () => {
    const { isSent, answer } = delayAnswer(gateway.simulatorOf(provider), { method: 'POST', path: PATH[provider] });
    const creating = create({ provider, code: 'SLOW' });
    await isSent;
    expect(await outcomes()).toEqual([]);
    answer();
    expect(await creating).toMatchObject({ replayed: false });
    expect(texts(provider, 'SLOW')).toHaveLength(1);
  });
});

it.each(['FLEXPRICE', 'STRIPE_CONNECT'] as const)(
  'a creation that never reached %s counts as not made after a minute, and its key is free',
  async (provider) => {
    const input = { provider, code: 'NEVER', idempotencyKey: 'never' };
    gateway.simulatorOf(provider).fail({ ...NEVER_ARRIVED, method: 'POST', path: PATH[provider] });
    await create(input);
    expect(await outcomes()).toEqual(['LATER']);
    // The next search is due later.
    expect(await outcomes()).toEqual([]);
    gateway.advance(MINUTE);
    expect(await outcomes()).toEqual(['NOT_MADE']);
    expect(texts(provider, 'NEVER')).toEqual([]);
    expect(await doubts()).toEqual([]);
    expect(await create({ ...input, maxRedemptions: 5 })).toMatchObject(
      // The coupon that was created for the code still waits for it, so the key stays in use.
      provider === 'FLEXPRICE' ? { replayed: false } : { message: expect.stringContaining('key') },
    );
    if (provider === 'STRIPE_CONNECT') expect(await create(input)).toMatchObject({ replayed: false });
    expect(texts(provider, 'NEVER')).toHaveLength(1);
  },
);

it('a creation that never reached Duro is sent again under its key', async () => {
  gateway.duro.fail({ ...NEVER_ARRIVED, method: 'POST' });
  await create({ provider: 'DURO', code: 'AGAIN' });
  expect(await outcomes()).toEqual(['FINISHED']);
  expect(texts('DURO', 'AGAIN')).toHaveLength(1);
});

it("a creation older than Duro's idempotency is left to an operator", async () => {
  const input = { provider: 'DURO', code: 'OLD', idempotencyKey: 'old' };
  gateway.duro.fail({ ...LOST, method: 'POST' });
  await create(input);
  const [left] = await gateway.gateway.store.pendingWrites.all();
  gateway.advance(DAY);
  const sent = gateway.duro.calls.length;
  expect(await outcomes()).toEqual(['IN_DOUBT']);
  gateway.advance(DAY);
  expect(await outcomes()).toEqual([]);
  expect(gateway.duro.calls).toHaveLength(sent);
  expect(await doubts()).toEqual(['DURO']);

  const id = left?.id ?? '';
  expect(await settleManually(gateway.gateway, id, { made: 'promo_unknown' })).toBe('NOT_THERE');
  expect(await doubts()).toEqual(['DURO']);
  const stored = await create({ provider: 'DURO', code: 'OTHER' });
  expect(await settleManually(gateway.gateway, id, { made: stored.promoCode.providerId })).toBe('SETTLED');
  expect(await create(input)).toMatchObject({ replayed: true });
  expect(await settleManually(gateway.gateway, id, 'NOT_MADE')).toBe('UNKNOWN_WRITE');
});

it('recovery retries less and less often while the provider is down', async () => {
  gateway.flexprice.fail({ ...LOST, method: 'POST', path: PATH.FLEXPRICE });
  await create({ provider: 'FLEXPRICE', code: 'DOWN' });
  gateway.flexprice.fail({ kind: 'answer', status: 503, times: Number.POSITIVE_INFINITY });
  expect(await outcomes()).toEqual(['LATER']);
  gateway.advance(MINUTE);
  expect(await outcomes()).toEqual(['LATER']);
  gateway.advance(MINUTE - 1);
  expect(await outcomes()).toEqual([]);
  gateway.flexprice.heal();
  gateway.advance(DAY);
  expect(await outcomes()).toEqual(['FINISHED']);
});

describe.each([
  ['FLEXPRICE', 'subs', /modify/],
  ['STRIPE', 'sub', /subscriptions/],
])('an application to a subscription at %s', (provider, prefix, path) => {
  const use = { code: 'SUB', provider, subscriptionId: `${prefix}_1`, idempotencyKey: 'use' };
  const failing = (fault: typeof LOST | typeof NEVER_ARRIVED) =>
    gateway.simulatorOf(provider).fail({ ...fault, method: 'POST', path });

  it('that took effect without an answer is redeemed, and counted once', async () => {
    const { promoCode } = payloadOf(await create({ provider, code: 'SUB', maxRedemptions: 3 }));
    failing(LOST);
    expect(await shop.redeem(use)).toMatchObject({ kind: 'UNAVAILABLE' });
    gateway.advance(7 * DAY);
    expect(await read('SUB')).toMatchObject({ heldCount: 1 });
    expect(await outcomes()).toEqual(['FINISHED']);
    expect(await read('SUB')).toMatchObject({ redeemedCount: 1, heldCount: 0 });
    expect(gateway.simulatorOf(provider).redeemed(promoCode.providerId)).toBe(1);
    expect(await shop.redeem(use)).toMatchObject({ replayed: true, redemption: { countedByProvider: true } });
  });

  it('that had no effect is freed after a minute, and so is its key', async () => {
    await create({ provider, code: 'SUB', maxRedemptions: 1 });
    failing(NEVER_ARRIVED);
    await shop.redeem(use);
    expect(await outcomes()).toEqual(['LATER']);
    expect(await read('SUB')).toMatchObject({ heldCount: 1 });
    gateway.advance(MINUTE);
    expect(await outcomes()).toEqual(['NOT_MADE']);
    expect(await read('SUB')).toMatchObject({ redeemedCount: 0, heldCount: 0 });
    expect(await shop.redeem({ ...use, subscriptionId: `${prefix}_2` })).toMatchObject({ replayed: false });
  });

  it('that is refused restores the hold of the order', async () => {
    await create({ provider, code: 'SUB', maxRedemptions: 1 });
    const order = { id: 'order-1' };
    const { id, heldUntil } = payloadOf(await shop.hold({ code: 'SUB', order })).redemption;
    expect(await shop.redeem({ ...use, order, subscriptionId: 'nobody' })).toMatchObject({
      reason: 'REFUSED_BY_PROVIDER',
    });
    const { redemption } = await gateway.run('query ($id: ID!) { redemption(id: $id) { status heldUntil } }', { id });
    expect(redemption).toEqual({ status: 'HELD', heldUntil });
    expect(await shop.redeem({ ...use, order })).toMatchObject({ redemption: { id, status: 'REDEEMED' } });
  });

  it('that was ended without an answer is cancelled', async () => {
    await create({ provider, code: 'SUB', maxRedemptions: 3 });
    const { redemption } = payloadOf(await shop.redeem(use));
    failing(LOST);
    await shop.cancel(redemption.id);
    expect(await outcomes()).toEqual(['FINISHED']);
    expect(await read('SUB')).toMatchObject({ redeemedCount: 1, heldCount: 0 });
    const after = await gateway.run('query ($id: ID!) { redemption(id: $id) { status } }', { id: redemption.id });
    expect(after).toEqual({ redemption: { status: 'CANCELLED' } });
  });
});

it.each([
  [LOST, ['FINISHED'], { status: 'INACTIVE', gatewayRules: ['PER_CUSTOMER_LIMIT'] }],
  [NEVER_ARRIVED, ['NOT_MADE'], { status: 'ACTIVE', gatewayRules: [] }],
])('a change whose answer was lost (%o) is read from the provider, and not sent again', async (fault, found, shown) => {
  const { promoCode } = payloadOf(await create({ provider: 'DURO', code: 'CHANGE' }));
  gateway.duro.fail({ ...fault, method: 'PATCH' });
  await shop.tryUpdatePromoCode({ id: promoCode.id, active: false, perCustomerLimit: 2 });
  gateway.advance(MINUTE);
  expect(await outcomes()).toEqual(found);
  expect(await read('CHANGE')).toMatchObject(shown);
  expect(gateway.duro.calls.filter(({ method }) => method === 'PATCH')).toHaveLength(1);
});
