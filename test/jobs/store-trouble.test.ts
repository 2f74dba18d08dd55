import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type GatewayProcess, startProcess } from '../support/processes/gateway-process.ts';
import { lendProviders } from '../support/processes/lend-providers.ts';
import type { Json, RunningGateway } from '../support/start-gateway.ts';

/** In milliseconds: processes start slowly on a busy machine, and wait for a locked store. */
const PATIENCE = 240_000;

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

/** Starts a creation that waits for its provider until it is released. */
async function beginSlowWork(gateway: GatewayProcess) {
  const released = Promise.withResolvers<void>();
  const writing = Promise.withResolvers<void>();
  lender.duro.fail({ kind: 'late', method: 'POST', delay: released.promise, onStrike: writing.resolve });
  const creating = create(gateway, { provider: 'DURO', code: 'SLOW', idempotencyKey: 'slow' });
  await writing.promise;
  return { creating, release: released.resolve };
}

/** Makes the synchronisation that starts with the process wait for its provider until it is released. */
async function startInSync() {
  const released = Promise.withResolvers<void>();
  const listing = Promise.withResolvers<void>();
  lender.flexprice.fail({ kind: 'late', path: /search$/, delay: released.promise, onStrike: listing.resolve });
  return { listing: listing.promise, release: released.resolve };
}

it('a locked store does not end the process, and work in progress finishes afterwards', {
  timeout: PATIENCE,
}, async () => {
  const sync = await startInSync();
  const gateway = await startProcess({ ...settings, PROVIDER_DEADLINE_MS: '50000', REQUEST_DEADLINE_MS: '60000' });
  await sync.listing;
  await create(gateway, { provider: 'DURO', code: 'HELD' });
  const write = await beginSlowWork(gateway);
  await hold(gateway, 'HELD');
  const other = new Sqlite(file);
  other.exec('BEGIN IMMEDIATE');
  // Meanwhile the leases of the write and of the synchronisation are due for renewal, and the hold expires.
  await gateway.logged(/The store failed: another program keeps it locked/);
  await gateway.logged(/hold expiry failed/);
  expect(await health(gateway)).toBe(200);
  other.exec('ROLLBACK');
  other.close();
  write.release();
  sync.release();
  expect((await write.creating).data.createPromoCode.promoCode).toEqual({ code: 'SLOW' });
  expect((await create(gateway, { provider: 'DURO', code: 'AFTER' })).data.createPromoCode.promoCode.code).toBe(
    'AFTER',
  );
  expect(await gateway.end('SIGTERM')).toBe(0);
});

it('a full disk does not end the process while work is in progress', { timeout: PATIENCE }, async () => {
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
  // The object that it made at the provider is not recorded. A gateway with room on its disk finds it.
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
