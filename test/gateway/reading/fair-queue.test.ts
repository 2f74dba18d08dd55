import { describe, expect, it } from 'vitest';
import { promotionId } from '../../../src/domain/promotion/identity.ts';
import { MAX_IN_FLIGHT } from '../../../src/providers/client/guard.ts';
import { makeKeys } from '../../support/credentials/keys.ts';
import { startIssuer } from '../../support/credentials/token-issuer.ts';
import { freshGateway } from '../../support/gateways.ts';
import { openShop } from '../../support/shop.ts';
import type { Json, RunningGateway } from '../../support/start-gateway.ts';

const keys = makeKeys({ flood: 'read', shop: 'read+quote+redeem+manage+operate' });

let gateway: RunningGateway;

async function start(settings: Record<string, string> = {}) {
  gateway = await freshGateway({ settings: { ...keys.settings, ...settings } });
  return openShop(gateway, keys.of('shop'));
}

const madeUp = (number: number) => `made-up-${number}`;
const idOf = (number: number) =>
  promotionId({ kind: 'PromoCode', provider: 'DURO', account: 'default', providerId: madeUp(number) });
const idsOf = (amount: number) => Array.from({ length: amount }, (_, number) => idOf(number));
const flood = (query: string, variables: Json) => gateway.send(query, variables, keys.of('flood'));

const NODES = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';

/** Ways for one caller to read objects that do not exist. Each read calls the provider. */
const WAYS: Record<string, (amount: number) => Promise<unknown>> = {
  'single reads by id': (amount) =>
    Promise.all(idsOf(amount).map((id) => flood('query ($id: ID!) { promoCode(id: $id) { id } }', { id }))),
  'reads with the policy FRESH': (amount) =>
    Promise.all(
      Array.from({ length: amount }, (_, number) =>
        flood('query ($id: ID!) { promoCodeByProviderId(provider: DURO, providerId: $id, policy: FRESH) { id } }', {
          id: madeUp(number),
        }),
      ),
    ),
  'one query for many nodes': (amount) => flood(NODES, { ids: idsOf(amount) }),
  'one query for many entities': (amount) =>
    flood('query ($of: [_Any!]!) { _entities(representations: $of) { __typename } }', {
      of: idsOf(amount).map((id) => ({ __typename: 'PromoCode', id })),
    }),
};

const isFlood = ({ path }: { path: string }) => path.includes('made-up');

/** The most connections that one caller may use. */
const SHARE = MAX_IN_FLIGHT * 0.75;

const PATIENT = { timeout: 15_000 };

async function untilWaiting(amount: number): Promise<void> {
  await expect.poll(() => gateway.gateway.accounts.report('DURO').waiting, PATIENT).toBe(amount);
}

describe("one caller's look-ups of unknown codes", () => {
  it.each(Object.keys(WAYS))('do not delay the redemptions, quotes or creations of another caller: %s', async (way) => {
    const shop = await start();
    const [used, quoted] = [
      await shop.createPromoCode({ code: 'USED' }),
      await shop.createPromoCode({ code: 'QUOTED' }),
    ];
    gateway.advance(3_600_000);
    const before = gateway.duro.calls.length;
    const released = Promise.withResolvers<void>();
    gateway.duro.fail({ kind: 'late', path: /made-up/, delay: released.promise, times: Number.POSITIVE_INFINITY });

    const flooding = WAYS[way]?.(100);
    await untilWaiting(100 - SHARE);
    await expect.poll(() => gateway.duro.calls.filter(isFlood).length, PATIENT).toBe(SHARE);
    // None of these calls has an answer yet, so other callers need the remaining connections.
    expect(await shop.quote({ code: 'QUOTED', provider: 'DURO' })).toMatchObject({ eligible: true });
    expect(await shop.redeem({ code: 'USED', provider: 'DURO' })).toMatchObject({ redemption: { status: 'REDEEMED' } });
    expect(await shop.createPromoCode({ code: 'CREATED' })).toMatchObject({ code: 'CREATED' });
    expect(gateway.duro.calls.filter(isFlood)).toHaveLength(SHARE);
    const others = gateway.duro.calls.slice(before).filter((call) => !isFlood(call));
    for (const { providerId } of [used, quoted]) {
      expect(others.some(({ path }) => path.includes(providerId))).toBe(true);
    }
    released.resolve();
    await flooding;
    expect(gateway.duro.calls.filter(isFlood)).toHaveLength(100);
  });

  it('get the rest of the call rate: excess look-ups are refused immediately, and other calls get through', async () => {
    const shop = await start({
      DURO_MAX_PER_SECOND: '5',
      PROVIDER_DEADLINE_MS: '5000',
      PROVIDER_BREAKER: '1',
    });
    await shop.createPromoCode({ code: 'QUOTED' });
    gateway.advance(3_600_000);
    const flooding = flood(NODES, { ids: idsOf(100) });
    await expect.poll(() => gateway.gateway.accounts.report('DURO').refused, PATIENT).toBeGreaterThan(60);
    expect(await shop.quote({ code: 'QUOTED', provider: 'DURO' })).toMatchObject({ eligible: true });
    expect(await shop.redeem({ code: 'QUOTED', provider: 'DURO' })).toMatchObject({
      redemption: { status: 'REDEEMED' },
    });
    expect(await shop.createPromoCode({ code: 'CREATED' })).toMatchObject({ code: 'CREATED' });
    const { errors } = await flooding;
    expect(errors.length).toBeGreaterThan(60);
    for (const { extensions } of errors) {
      expect(extensions).toMatchObject({ code: 'PROVIDER_ERROR', kind: 'RATE_LIMITED', retryable: true });
      expect(extensions.retryAfterSeconds).toBeGreaterThan(0);
    }
    expect(gateway.duro.calls.filter(isFlood)).toHaveLength(100 - errors.length);
    // No call was sent so late that it timed out, which the breaker would count as a failure of the provider.
    expect(gateway.gateway.accounts.state('DURO')).toBe('UP');
    const metrics = await (await fetch(new URL('/metrics', gateway.url), { headers: keys.of('shop') })).text();
    expect(metrics).toContain(`promo_gateway_provider_calls_rejected_total{provider="DURO"} ${errors.length}\n`);
    expect(metrics).toContain('promo_gateway_provider_calls_waiting{provider="DURO"} 0\n');
  });

  it('write nothing to the store if they get no turn, because all callers wait for each synced write', async () => {
    await start({ DURO_MAX_PER_SECOND: '1', PROVIDER_DEADLINE_MS: '1000' });
    const { promotions } = gateway.gateway.store;
    const drawn = async () => (await promotions.answered({ sentAt: 0, at: 0 })).answeredAt;
    const before = await drawn();
    const { errors } = await flood(NODES, { ids: idsOf(100) });
    expect(errors).toHaveLength(99);
    expect(gateway.duro.calls.filter(isFlood)).toHaveLength(1);
    expect((await drawn()) - before).toBe(1);
  });
});

it('hundreds of customer tokens share one place in the queue, beside one for each server', async () => {
  const issuer = await startIssuer();
  try {
    const shop = await start({
      ...issuer.settings,
      FLEXPRICE_MAX_PER_SECOND: '5',
      PROVIDER_DEADLINE_MS: '5000',
      ATTEMPTS_PER_ADDRESS: '1000',
    });
    const exp = Math.floor(gateway.now() / 1000) + 3600;
    const browsers = Array.from({ length: 60 }, async (_, number) =>
      openShop(gateway, {
        authorization: `Bearer ${await issuer.sign({ sub: `user ${number}`, exp, scope: 'quote redeem' })}`,
      }),
    );
    const flooding = (await Promise.all(browsers)).map((browser, number) => browser.quote({ code: `TRIED-${number}` }));
    await expect.poll(() => gateway.gateway.accounts.report('FLEXPRICE').refused, PATIENT).toBeGreaterThan(0);
    expect(await shop.quote({ code: 'NOT-KNOWN-YET' })).toMatchObject({ refusal: { reason: 'NOT_FOUND' } });
    await Promise.all(flooding);
  } finally {
    issuer.stop();
  }
});
