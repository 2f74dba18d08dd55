import Sqlite from 'better-sqlite3';
import { expect, it } from 'vitest';
import { recover } from '../../src/gateway/writes/recover-writes.ts';
import { freshGateway } from '../support/gateways.ts';
import { openShop } from '../support/shop.ts';
import type { RunningGateway } from '../support/start-gateway.ts';

/** The warnings so far. */
const warnings = ({ logged }: RunningGateway) =>
  logged.flatMap((line) => (Array.isArray(line) && line[0] === 'warn' ? [line.slice(1)] : []));

it('a provider that goes down and comes back is a warning, once each', async () => {
  const gateway = await freshGateway({ settings: { PROVIDER_BREAKER: '1' } });
  const read = () => gateway.send('{ promoCodeByProviderId(provider: DURO, providerId: "promo_x") { id } }');
  gateway.duro.fail({ kind: 'answer', status: 503, times: Number.POSITIVE_INFINITY });
  while (warnings(gateway).length === 0) await read();
  const downSince = async () => {
    const { providers } = await gateway.run('{ providers { provider downSince } }');
    return providers?.find(({ provider }) => provider === 'DURO')?.downSince;
  };
  const since = await downSince();
  expect(since).toEqual(expect.any(String));
  const callsBefore = gateway.duro.calls.length;
  // A trial fails, and the provider is still down.
  while (gateway.duro.calls.length === callsBefore) await read();
  expect(warnings(gateway)).toEqual([
    ['A provider is down: calls to it are stopped', { provider: 'DURO', reason: 'UNAVAILABLE' }],
  ]);
  expect(await downSince()).toBe(since);
  gateway.duro.heal();
  while (warnings(gateway).length === 1) await read();
  await read();
  expect(warnings(gateway).slice(1)).toEqual([['A provider is back', { provider: 'DURO' }]]);
  expect(await downSince()).toBeNull();
  // Each read that failed has the line that every operation has, and no other.
  const others = gateway.logged.flatMap((line) =>
    Array.isArray(line) && line[0] !== 'warn' ? [line.slice(0, 2)] : [],
  );
  expect(others.filter(([level, message]) => level !== 'info' || message !== 'An operation was answered')).toEqual([]);
});

it('a write in doubt is a warning, and names no code', async () => {
  const gateway = await freshGateway();
  gateway.flexprice.fail({ kind: 'hang-up', method: 'POST' });
  await openShop(gateway).tryCreateCoupon({ provider: 'FLEXPRICE', name: 'Secret name' });
  expect(warnings(gateway)).toEqual([
    ['The outcome of a write is unknown', { id: expect.any(String), operation: 'createCoupon', provider: 'FLEXPRICE' }],
  ]);
});

it('a write in doubt is one warning, however often its outcome is looked for', async () => {
  const gateway = await freshGateway();
  const create = () =>
    openShop(gateway).tryCreatePromoCode({ provider: 'DURO', code: 'DOUBTED', idempotencyKey: 'doubted' });
  gateway.duro.fail({ kind: 'hang-up', method: 'POST', times: Number.POSITIVE_INFINITY });
  await create();
  await create();
  const posts = () => gateway.duro.calls.filter(({ method }) => method === 'POST').length;
  const before = posts();
  for (const _ of [1, 2]) await recover(gateway.gateway, { left: await gateway.gateway.store.pendingWrites.all() });
  expect(posts()).toBe(before + 2);
  expect(warnings(gateway)).toEqual([
    ['The outcome of a write is unknown', expect.objectContaining({ provider: 'DURO' })],
  ]);
});

it('a write of a process that died is a warning when recovery does not find its outcome', async () => {
  const gateway = await freshGateway();
  gateway.flexprice.fail({ kind: 'hang-up', method: 'POST' });
  await openShop(gateway).tryCreateCoupon({ provider: 'FLEXPRICE', name: 'Half sent' });
  // As the dead process left it: sent, without an answer.
  const sqlite = new Sqlite(gateway.variables.DATABASE_URL);
  sqlite.exec('UPDATE intents SET in_doubt = 0');
  sqlite.close();
  const recoverAll = async () => recover(gateway.gateway, { left: await gateway.gateway.store.pendingWrites.all() });
  expect(await recoverAll()).toMatchObject([{ outcome: 'LATER' }]);
  expect(await recoverAll()).toMatchObject([{ outcome: 'LATER' }]);
  expect(warnings(gateway).slice(1)).toEqual([
    ['The outcome of a write is unknown', { id: expect.any(String), operation: 'createCoupon', provider: 'FLEXPRICE' }],
  ]);
});
