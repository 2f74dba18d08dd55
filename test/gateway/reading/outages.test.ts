import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Fault } from '../../../src/simulators/index.ts';
import { defined } from '../../support/defined.ts';
import { openShop, type Shop } from '../../support/shop.ts';
import { type Json, type RunningGateway, startGateway } from '../../support/start-gateway.ts';

const MINUTE = 60_000;
const ALWAYS = { times: Number.POSITIVE_INFINITY };

let gateway: RunningGateway;
let shop: Shop;
beforeEach(async () => {
  // The breaker reads the clock; timers stay real.
  vi.useFakeTimers({ toFake: ['Date'] });
  gateway = await startGateway({ settings: { PROVIDER_BREAKER: '1', PROVIDER_RETRIES: '2' } });
  shop = openShop(gateway);
});
afterEach(async () => {
  for (const simulator of Object.values(gateway.simulators)) simulator.heal();
  await gateway.stop();
  vi.useRealTimers();
});

const readFresh = async (id: string): Promise<Json> =>
  (await gateway.run('query ($id: ID!) { promoCode(id: $id, policy: FRESH) { freshness { stale } } }', { id }))
    .promoCode;
const states = async (): Promise<Json> =>
  Object.fromEntries(
    defined((await gateway.run('{ providers { provider state } }')).providers).map(({ provider, state }) => [
      provider,
      state,
    ]),
  );

/** Runs reads, writes and a list at the two other providers in parallel. Fails if one of them fails. */
async function loadOthers(flexprice: Json, chatdash: Json): Promise<void> {
  const work = Array.from({ length: 10 }, async (_, index) => {
    expect(await readFresh(flexprice.id)).toEqual({ freshness: { stale: false } });
    expect(await shop.redeem({ code: flexprice.code, provider: 'FLEXPRICE' })).toMatchObject({ replayed: false });
    expect(await shop.redeem({ code: chatdash.code, provider: 'STRIPE_CONNECT' })).toMatchObject({ replayed: false });
    await shop.createPromoCode({ provider: 'FLEXPRICE', code: `LOAD-${index}` });
    const { promoCodes } = await gateway.run('{ promoCodes(first: 100) { nodes { provider } } }');
    expect(promoCodes?.nodes).toContainEqual({ provider: 'DURO' });
  });
  await Promise.all(work);
}

const TROUBLES: [name: string, fault: Fault][] = [
  ['is down', { kind: 'hang-up', ...ALWAYS }],
  ['fails', { kind: 'answer', status: 500, ...ALWAYS }],
  ['wants fewer calls', { kind: 'answer', status: 429, headers: { 'retry-after': '30' }, ...ALWAYS }],
  ['gives half answers', { kind: 'half-body', ...ALWAYS }],
];

describe.each(TROUBLES)('while Duro %s', (_, fault) => {
  it('the other providers work on, its stored answers are served, and it gets fewer and fewer calls', async () => {
    const duro = await shop.createPromoCode();
    const flexprice = await shop.createPromoCode({ provider: 'FLEXPRICE' });
    const chatdash = await shop.createPromoCode({ provider: 'STRIPE_CONNECT' });
    gateway.duro.fail(fault);
    const before = gateway.duro.calls.length;
    const read = async () => expect(await readFresh(duro.id)).toEqual({ freshness: { stale: true } });
    for (let round = 0; round < 20; round += 1) await read();
    await Promise.all([loadOthers(flexprice, chatdash), ...Array.from({ length: 20 }, read)]);
    // Forty reads with their retries would be many more calls.
    expect(gateway.duro.calls.length - before).toBeLessThanOrEqual(6);
    expect(await states()).toEqual({
      DURO: expect.stringMatching(/DOWN|DEGRADED/),
      FLEXPRICE: 'UP',
      STRIPE: 'UP',
      STRIPE_CONNECT: 'UP',
    });
    gateway.advance(2 * MINUTE);
    expect(await shop.redeem({ code: duro.code, provider: 'DURO' })).toMatchObject({ reason: 'CANNOT_VERIFY' });
  });
});

it('while Duro hangs, the other providers answer without waiting for it', async () => {
  const duro = await shop.createPromoCode();
  const flexprice = await shop.createPromoCode({ provider: 'FLEXPRICE' });
  const chatdash = await shop.createPromoCode({ provider: 'STRIPE_CONNECT' });
  const struck = Promise.withResolvers<void>();
  gateway.duro.fail({ kind: 'silence', onStrike: struck.resolve, ...ALWAYS });
  let answered = 0;
  const waiting = Array.from({ length: 100 }, () => readFresh(duro.id).then(() => (answered += 1)));
  await struck.promise;
  await loadOthers(flexprice, chatdash);
  const cached = await gateway.run('query ($id: ID!) { promoCode(id: $id) { code } }', { id: duro.id });
  expect(cached).toEqual({ promoCode: { code: duro.code } });
  expect(answered).toBe(0);
  gateway.duro.heal();
  await Promise.all(waiting);
});

it('an intermittent provider is used whenever it answers, and fully again once it has recovered', async () => {
  const { id } = await shop.createPromoCode();
  for (let round = 0; round < 10; round += 1) {
    gateway.duro.fail({ kind: 'answer', status: 503 });
    expect(await readFresh(id)).toEqual({ freshness: { stale: false } });
  }
  gateway.duro.fail({ kind: 'answer', status: 503, ...ALWAYS });
  while ((await states()).DURO !== 'DOWN') await readFresh(id);
  gateway.duro.heal();
  expect(await readFresh(id)).toEqual({ freshness: { stale: true } });
  vi.setSystemTime(Date.now() + MINUTE);
  expect(await readFresh(id)).toEqual({ freshness: { stale: false } });
  expect((await states()).DURO).toBe('UP');
});
