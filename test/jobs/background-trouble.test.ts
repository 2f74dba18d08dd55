import { afterEach, beforeEach, expect, it } from 'vitest';
import { Database } from '../../src/store/sqlite/database.ts';
import { type GatewayProcess, startProcess } from '../support/gateway-process.ts';
import { lendProviders } from '../support/lend-providers.ts';
import type { Json, RunningGateway } from '../support/start-gateway.ts';

/** Processes start slowly on a busy machine, and wait for a locked store. */
const PATIENCE = 90_000;

let lender: RunningGateway;
let settings: Record<string, string>;
let file: string;
beforeEach(async () => {
  ({ lender, settings, file } = await lendProviders());
});
afterEach(() => lender.stop());

const create = (gateway: GatewayProcess, input: Json) =>
  gateway.send(
    `mutation ($input: CreatePromoCodeInput!) { createPromoCode(input: $input) { __typename
      ... on CreatePromoCodePayload { promoCode { code } } } }`,
    { input: { discount: { percentage: '10' }, ...input } },
  );
const hold = (gateway: GatewayProcess, code: string) =>
  gateway.send(
    `mutation ($code: String!) { holdPromoCode(input: { code: $code, provider: DURO, holdSeconds: 1,
      idempotencyKey: "hold" }) { __typename } }`,
    { code },
  );
const health = async ({ url }: GatewayProcess) => (await fetch(new URL('/health', url))).status;

/** A creation and a round of synchronisation that wait for their providers until they are released. */
async function beginSlowWork(gateway: GatewayProcess) {
  const released = Promise.withResolvers<void>();
  const writing = Promise.withResolvers<void>();
  lender.duro.fail({ kind: 'late', method: 'POST', delay: released.promise, onStrike: writing.resolve });
  const creating = create(gateway, { provider: 'DURO', code: 'SLOW', idempotencyKey: 'slow' });
  await writing.promise;
  return { creating, release: released.resolve };
}

/** A round of synchronisation begins with the process, and waits for its provider. */
async function startInSync() {
  const released = Promise.withResolvers<void>();
  const listing = Promise.withResolvers<void>();
  lender.flexprice.fail({ kind: 'late', path: /search$/, delay: released.promise, onStrike: listing.resolve });
  return { listing: listing.promise, release: released.resolve };
}

it('no work that is under way while the store is locked ends the process, and each comes to its end', {
  timeout: PATIENCE,
}, async () => {
  const sync = await startInSync();
  const gateway = await startProcess({ ...settings, PROVIDER_DEADLINE_MS: '50000', REQUEST_DEADLINE_MS: '60000' });
  await sync.listing;
  await create(gateway, { provider: 'DURO', code: 'HELD' });
  const write = await beginSlowWork(gateway);
  await hold(gateway, 'HELD');
  const other = await Database.open(file);
  other.sqlite.exec('BEGIN IMMEDIATE');
  // The leases of the write and of the round are renewed, and the hold runs out.
  await gateway.logged(/The store failed: another program keeps it locked/);
  await gateway.logged(/expiry of holds failed/);
  expect(await health(gateway)).toBe(200);
  other.sqlite.exec('ROLLBACK');
  other.close();
  write.release();
  sync.release();
  expect((await write.creating).data.createPromoCode.promoCode).toEqual({ code: 'SLOW' });
  expect((await create(gateway, { provider: 'DURO', code: 'AFTER' })).data.createPromoCode.promoCode.code).toBe(
    'AFTER',
  );
  expect(await gateway.end('SIGTERM')).toBe(0);
});

it('no work that is under way while the disk is full ends the process', { timeout: PATIENCE }, async () => {
  const sync = await startInSync();
  const gateway = await startProcess(settings, 'src/main.ts', { fileBlocks: 2000 });
  await sync.listing;
  await create(gateway, { provider: 'DURO', code: 'HELD' });
  const write = await beginSlowWork(gateway);
  await hold(gateway, 'HELD');
  for (let number = 0, isFull = false; !isFull; number += 1) {
    const metadata = { note: 'x'.repeat(400) };
    isFull = (await create(gateway, { provider: 'DURO', code: `FULL-${number}`, metadata })).errors !== undefined;
  }
  await gateway.logged(/The store failed: /, 2);
  expect(await health(gateway)).toBe(200);
  write.release();
  sync.release();
  // What it has made at the provider is not recorded; a gateway whose disk has room finds it.
  await write.creating;
  expect(await health(gateway)).toBe(200);
  expect(await gateway.end('SIGTERM')).toBe(0);
  const again = await startProcess(settings);
  await again.logged(/A write whose answer was lost: FINISHED/);
  expect((await create(again, { provider: 'DURO', code: 'SLOW', idempotencyKey: 'slow' })).data).toMatchObject({
    createPromoCode: { promoCode: { code: 'SLOW' } },
  });
  expect(await again.end('SIGTERM')).toBe(0);
});
