import { describe, expect, it } from 'vitest';
import { PROVIDERS } from '../../src/domain/promotion/promotion.ts';
import type { Fault } from '../../src/simulators/index.ts';
import { delayAnswer } from '../support/delay-answer.ts';
import { freshGateway, sharedGateway } from '../support/gateways.ts';
import { documentOf } from '../support/mutations.ts';
import { openShop } from '../support/shop.ts';
import type { Json } from '../support/start-gateway.ts';

const gateway = await sharedGateway();
const shop = openShop(gateway);

const SECRET = 'what only the provider should say';

const create = (input: Json): Promise<Json> => shop.tryCreatePromoCode(input);

async function doubtsOf(provider: string): Promise<number | undefined> {
  const { providers } = await gateway.run('{ providers { provider inDoubt } }');
  return providers?.find((info) => info.provider === provider)?.inDoubt;
}

const answer = (status: number, headers?: Record<string, string>): Fault => ({
  kind: 'answer',
  status,
  headers,
  body: JSON.stringify({ error: SECRET }),
});

describe.each(PROVIDERS)('if %s fails to create a promo code', (provider) => {
  it.each<[what: string, fault: Fault, kind: string, retryable: boolean, retryAfterSeconds: number | null]>([
    ['with 401', answer(401), 'UNAUTHORIZED', false, null],
    ['with 403', answer(403), 'UNAUTHORIZED', false, null],
    ['with 422', answer(422), 'REJECTED', false, null],
    ['with 429', answer(429), 'RATE_LIMITED', true, null],
    ['with 429 and when to come back', answer(429, { 'retry-after': '7' }), 'RATE_LIMITED', true, 7],
    ['with 500', answer(500), 'UNAVAILABLE', true, null],
    [
      'with a page instead of an answer',
      { kind: 'answer', status: 200, body: `<html>${SECRET}</html>` },
      'MALFORMED_ANSWER',
      true,
      null,
    ],
    ['with half a body', { kind: 'half-body' }, 'UNAVAILABLE', true, null],
    ['by closing the socket', { kind: 'hang-up' }, 'UNAVAILABLE', true, null],
  ])(
    '%s, the client learns the kind of failure and nothing else',
    async (_, fault, kind, retryable, retryAfterSeconds) => {
      const simulator = gateway.simulatorOf(provider);
      simulator.fail({ ...fault, method: 'POST', times: Number.POSITIVE_INFINITY });
      const failed = await create({ provider });
      expect(failed).toMatchObject({
        __typename: 'PromotionProviderError',
        provider,
        kind,
        retryable,
        retryAfterSeconds,
      });
      const shown = JSON.stringify(failed);
      const { port } = new URL(simulator.url);
      for (const hidden of [SECRET, simulator.apiKey, port, 'http', 'html']) expect(shown).not.toContain(hidden);
    },
  );

  it('once, the next call succeeds', async () => {
    gateway.simulatorOf(provider).fail(answer(503));
    expect(await create({ provider })).toMatchObject({ kind: 'UNAVAILABLE' });
    expect(await create({ provider })).toMatchObject({ __typename: 'CreatePromoCodePayload' });
  });

  it('after it has created the code, a repeat with the same key creates no second one', async () => {
    const simulator = gateway.simulatorOf(provider);
    const input = { provider, code: `LOST-${provider.length}`, idempotencyKey: `lost-${provider}` };
    const path = provider === 'STRIPE_CONNECT' ? /promotion-codes/ : undefined;
    const before = await doubtsOf(provider);
    simulator.fail({ kind: 'hang-up', commit: true, method: 'POST', path });
    expect(await create(input)).toMatchObject({ kind: 'UNAVAILABLE', retryable: true });
    expect(await create(input)).toMatchObject({ __typename: 'CreatePromoCodePayload', replayed: false });
    expect(await create(input)).toMatchObject({ replayed: true });
    expect(await doubtsOf(provider)).toBe(before);
  });
});

it('the error names a coupon that was created before its code failed, and a repeat with the same key uses it', async () => {
  const input = { provider: 'STRIPE_CONNECT', code: 'HALF', idempotencyKey: 'half' };
  const coupons = () =>
    gateway.chatdash.calls.filter(({ method, path }) => method === 'POST' && path.endsWith('/coupons'));
  gateway.chatdash.fail({ ...answer(400), path: /promotion-codes/ });
  const before = coupons().length;
  const half = await create(input);
  expect(half).toMatchObject({ kind: 'REJECTED', leftOver: { id: expect.any(String) } });
  const whole = await create(input);
  expect(whole).toMatchObject({ replayed: false, promoCode: { code: 'HALF', coupon: { id: half.leftOver.id } } });
  expect(coupons().length).toBe(before + 1);
});

it.each(PROVIDERS)('silence of %s beyond the deadline is TIMED_OUT', async (provider) => {
  const impatient = await freshGateway({ settings: { PROVIDER_DEADLINE_MS: '50' } });
  for (const simulator of Object.values(impatient.simulators)) simulator.fail({ kind: 'silence' });
  expect(await openShop(impatient).tryCreatePromoCode({ provider })).toMatchObject({
    provider,
    kind: 'TIMED_OUT',
    retryable: true,
  });
});

it.each([
  ['DURO', { code: 'conflict', message: SECRET }],
  ['FLEXPRICE', { code: 'already_exists', message: SECRET, http_status_code: 409 }],
])('409 of %s is a conflict, not a failure', async (provider, error) => {
  const body = provider === 'DURO' ? { error } : error;
  gateway.simulatorOf(provider).fail({ kind: 'answer', status: 409, body, method: 'POST' });
  const refused = await create({ provider, code: 'NOT-FREE' });
  expect(refused.__typename).toBe('PromotionConflictError');
  expect(JSON.stringify(refused)).not.toContain(SECRET);
});

describe('at ChatDash, which has no idempotency key,', () => {
  const coupons = () =>
    gateway.chatdash.calls.filter(({ method, path }) => method === 'POST' && path.endsWith('/coupons'));

  it('a coupon whose answer was lost is found again by its terms', async () => {
    const input = { provider: 'STRIPE_CONNECT', code: 'LOST-COUPON', idempotencyKey: 'lost-coupon' };
    const before = coupons().length;
    gateway.chatdash.fail({ kind: 'hang-up', commit: true, method: 'POST', path: /coupons$/ });
    expect(await create(input)).toMatchObject({ kind: 'UNAVAILABLE', leftOver: null });
    expect(await create(input)).toMatchObject({ promoCode: { code: 'LOST-COUPON' } });
    expect(coupons().length).toBe(before + 1);
  });

  it('parallel calls with one key create one coupon and one code, even if the first is slow', async () => {
    const input = { provider: 'STRIPE_CONNECT', code: 'SLOW', idempotencyKey: 'slow' };
    const slow = delayAnswer(gateway.chatdash, { method: 'POST', path: /promotion-codes$/ });
    const before = gateway.chatdash.calls.filter(({ method }) => method === 'POST').length;
    const first = create(input);
    await slow.isSent;
    const others = [create(input), create(input)];
    slow.answer();
    const ids = (await Promise.all([first, ...others])).map(({ promoCode }) => promoCode.id);
    expect(new Set(ids).size).toBe(1);
    expect(gateway.chatdash.calls.filter(({ method }) => method === 'POST').length).toBe(before + 2);
  });

  it('a code that is not found is created again only when the first call can no longer be in progress', async () => {
    const input = { provider: 'STRIPE_CONNECT', code: 'NEVER-MADE', idempotencyKey: 'never-made' };
    gateway.chatdash.fail({ kind: 'hang-up', method: 'POST', path: /promotion-codes$/ });
    expect(await create(input)).toMatchObject({ kind: 'UNAVAILABLE' });
    expect(await create(input)).toMatchObject({ kind: 'TIMED_OUT', retryable: true, retryAfterSeconds: 60 });
    gateway.advance(60_000);
    expect(await create(input)).toMatchObject({ promoCode: { code: 'NEVER-MADE' } });
  });
});

it('a code that is taken at ChatDash is a conflict on an existing coupon', async () => {
  const { id: couponId } = await shop.createCoupon();
  gateway.chatdash.fail({ ...answer(409), path: /promotion-codes$/ });
  const refused = await create({ provider: 'STRIPE_CONNECT', code: 'NOT-FREE', couponId });
  expect(refused.__typename).toBe('PromotionConflictError');
  expect(JSON.stringify(refused)).not.toContain(SECRET);
});

it('a failure at one provider does not affect the next field of a mutation at another', async () => {
  gateway.duro.fail(answer(500));
  const data = await gateway.run(`mutation {
    failed: createPromoCode(input: { provider: DURO, discount: { percentage: "5" } }) { __typename }
    made: createPromoCode(input: { provider: FLEXPRICE, discount: { percentage: "5" } }) { __typename }
  }`);
  expect(data).toEqual({
    failed: { __typename: 'PromotionProviderError' },
    made: { __typename: 'CreatePromoCodePayload' },
  });
});

describe('while a provider is unavailable', () => {
  it.each(PROVIDERS)('reads contain nothing of the answer of %s', async (provider) => {
    const simulator = gateway.simulatorOf(provider);
    simulator.fail({ ...answer(500), times: Number.POSITIVE_INFINITY });
    const read = provider === 'STRIPE_CONNECT' ? 'couponByProviderId' : 'promoCodeByProviderId';
    const response = await gateway.send(`{ ${read}(provider: ${provider}, providerId: "x") { id } }`);
    expect(response.errors).toMatchObject([{ extensions: { provider, kind: 'UNAVAILABLE' } }]);
    const { port } = new URL(simulator.url);
    for (const hidden of [SECRET, simulator.apiKey, port, 'http'])
      expect(JSON.stringify(response)).not.toContain(hidden);
  });

  it('an object that is not stored is null with an error that names the provider, and the rest is answered', async () => {
    gateway.duro.fail({ kind: 'hang-up', times: Number.POSITIVE_INFINITY });
    const { data, errors } = await gateway.send(
      '{ promoCodeByProviderId(provider: DURO, providerId: "promo_x") { id } providers { provider } }',
    );
    expect(data.promoCodeByProviderId).toBeNull();
    expect(data.providers).toHaveLength(PROVIDERS.length);
    expect(errors).toMatchObject([
      {
        path: ['promoCodeByProviderId'],
        extensions: { code: 'PROVIDER_ERROR', provider: 'DURO', kind: 'UNAVAILABLE', retryable: true },
      },
    ]);
    expect(JSON.stringify(errors)).not.toContain('127.0.0.1');
    const { providers } = await gateway.run('{ providers { provider state } }');
    expect(providers?.[0]).toEqual({ provider: 'DURO', state: 'DEGRADED' });
  });

  it('a stored code is served as stale, and cannot be redeemed', async () => {
    const { id, code } = await shop.createPromoCode();
    gateway.advance(660_000);
    gateway.duro.fail({ kind: 'hang-up', times: Number.POSITIVE_INFINITY });
    const read = await gateway.run('query ($id: ID!) { promoCode(id: $id) { code freshness { stale } } }', { id });
    expect(read.promoCode).toEqual({ code, freshness: { stale: true } });
    const use = { code, idempotencyKey: 'unverified' };
    const refused = { __typename: 'RedemptionRefusedError', reason: 'CANNOT_VERIFY', retryAfterSeconds: 5 };
    expect(await shop.redeem(use)).toMatchObject(refused);
    gateway.duro.heal();
    expect(await shop.redeem(use)).toMatchObject({ __typename: 'RedeemPayload' });
  });
});

it('a bug is masked, and logged with its stack trace', async () => {
  const broken = await freshGateway();
  await broken.gateway.store.close();
  const { data, errors } = await broken.send('{ providers { provider } promoCodes { totalCount } }');
  const created = await broken.send(documentOf('createPromoCode'), {
    input: { provider: 'DURO', discount: { percentage: '5' } },
  });
  expect(broken.callsToProviders()).toBe(0);
  expect(data).toMatchObject({ providers: PROVIDERS.map((provider) => ({ provider })), promoCodes: null });
  expect(created.data.createPromoCode).toBeNull();
  expect(errors).toEqual([
    {
      message: 'Unexpected error.',
      path: ['promoCodes'],
      locations: [expect.anything()],
      extensions: { code: 'INTERNAL_SERVER_ERROR' },
    },
  ]);
  expect(JSON.stringify(broken.logged)).toMatch(/The store is closed.* at /);
});
