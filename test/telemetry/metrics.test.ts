import { readFile } from 'node:fs/promises';
import { beforeEach, expect, it } from 'vitest';
import { canSynchronise } from '../../src/gateway/sync/synchronise.ts';
import { synchroniseDue } from '../../src/gateway/sync/synchronise-due.ts';
import { delayAnswer } from '../support/delay-answer.ts';
import { freshGateway } from '../support/gateways.ts';
import { startProcess } from '../support/processes/gateway-process.ts';
import { openShop, type Shop } from '../support/shop.ts';
import type { RunningGateway } from '../support/start-gateway.ts';
import { scrape } from './scrape.ts';

let gateway: RunningGateway;
let shop: Shop;
beforeEach(async () => {
  gateway = await freshGateway();
  shop = openShop(gateway);
});

const metrics = (url = gateway.url) => scrape(url);

it('metrics count operations by type and result, and refusals by reason', async () => {
  await shop.createPromoCode({ code: 'ONCE', maxRedemptions: 1 });
  for (const code of ['ONCE', 'ONCE', 'NONE']) await shop.redeem({ code });
  await shop.quote({ code: 'ONCE' });
  await gateway.send('{ promoCodes(first: 101) { nodes { id } } }');
  const values = await metrics();
  const count = (type: string, result: string) =>
    values.get(`promo_gateway_operation_duration_seconds_count{type="${type}",result="${result}"}`);
  expect(count('mutation', 'done')).toBe(2);
  expect(count('mutation', 'refused')).toBe(2);
  expect(count('query', 'refused')).toBe(1);
  expect(count('query', 'failed')).toBe(1);
  expect(values.get('promo_gateway_refusals_total{reason="EXHAUSTED",told="EXHAUSTED"}')).toBe(2);
  expect(values.get('promo_gateway_refusals_total{reason="NOT_FOUND",told="NOT_FOUND"}')).toBe(1);
});

it('metrics count rejected requests', async () => {
  await gateway.send('{ nonsense');
  await fetch(gateway.url, { method: 'POST', body: '{}', headers: { 'content-type': 'text/plain' } });
  const values = await metrics();
  expect(values.get('promo_gateway_rejected_requests_total{status="403"}')).toBe(1);
});

it('metrics count provider calls by outcome', async () => {
  await shop.createPromoCode({ provider: 'FLEXPRICE' });
  gateway.duro.fail({ kind: 'answer', status: 503 });
  await shop.createCoupon({ provider: 'FLEXPRICE' });
  await shop.tryCreatePromoCode();
  const values = await metrics();
  const count = (provider: string, operation: string, outcome: string) =>
    values.get(
      `promo_gateway_provider_call_duration_seconds_count{provider="${provider}",operation="${operation}",outcome="${outcome}"}`,
    );
  expect(count('FLEXPRICE', 'createPromoCode', 'OK')).toBe(1);
  expect(count('DURO', 'createPromoCode', 'UNAVAILABLE')).toBe(1);
});

it('metrics count reads by how they were served', async () => {
  const { id } = await shop.createPromoCode();
  const read = (policy: string) => gateway.run(`{ promoCode(id: "${id}", policy: ${policy}) { id } }`);
  await read('CACHED');
  await read('FRESH');
  gateway.advance(2 * 60_000);
  await read('CACHED');
  await gateway.gateway.reads.settled();
  gateway.duro.fail({ kind: 'answer', status: 503 });
  await read('FRESH');
  const values = await metrics();
  expect(
    ['HIT', 'MISS', 'STALE_HIT', 'STALE_IF_ERROR'].map((result) =>
      values.get(`promo_gateway_promotion_reads_total{result="${result}"}`),
    ),
  ).toEqual([1, 1, 1, 1]);
});

it('metrics show the state of providers, open holds and writes in doubt', async () => {
  const { code } = await shop.createPromoCode();
  await shop.hold({ code });
  gateway.flexprice.fail({ kind: 'hang-up', method: 'POST' });
  await shop.tryCreateCoupon({ provider: 'FLEXPRICE' });
  gateway.advance(2 * 60_000);
  const values = await metrics();
  const state = (provider: string) =>
    ['UP', 'DEGRADED', 'DOWN'].find(
      (one) => values.get(`promo_gateway_provider_state{provider="${provider}",state="${one}"}`) === 1,
    );
  expect(['DURO', 'FLEXPRICE', 'STRIPE_CONNECT'].map(state)).toEqual(['UP', 'DEGRADED', 'UP']);
  expect(values.get('promo_gateway_open_holds')).toBe(1);
  expect(values.get('promo_gateway_writes_in_doubt{provider="FLEXPRICE"}')).toBe(1);
  expect(values.get('promo_gateway_writes_in_doubt{provider="DURO"}')).toBe(0);
});

it('metrics show the version of the gateway and of Node', async () => {
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  const { node } = process.versions;
  expect((await metrics()).get(`promo_gateway_build_info{version="${version}",node="${node}"}`)).toBe(1);
});

it('metrics show when each account that can be synchronised last was', async () => {
  const { gateway: core } = gateway;
  const name = (provider: string) =>
    `promo_gateway_last_sync_timestamp_seconds{provider="${provider}",account="default"}`;
  expect((await metrics()).get(name('FLEXPRICE'))).toBe(0);
  await synchroniseDue(core, new AbortController().signal);
  const values = await metrics();
  expect(values.get(name('FLEXPRICE'))).toBe(gateway.now() / 1000);
  expect([...values.keys()].filter((key) => key.includes('last_sync_')).length).toBe(
    core.accounts.all().filter(canSynchronise).length,
  );
});

it('metrics show the size of the store as last measured', async () => {
  expect((await metrics()).has('promo_gateway_store_bytes')).toBe(false);
  await gateway.gateway.store.measure();
  const bytes = (await metrics()).get('promo_gateway_store_bytes') ?? 0;
  expect(bytes).toBeGreaterThan(100_000);
  expect(bytes).toBe(gateway.gateway.store.bytes());
});

it('metrics show the requests in flight', async () => {
  const inFlight = async () => (await metrics()).get('promo_gateway_requests_in_flight');
  const { isSent, answer } = delayAnswer(gateway.duro, { method: 'POST' });
  const creation = shop.createPromoCode();
  await isSent;
  expect(await inFlight()).toBe(1);
  answer();
  await creation;
  // The request ends when the client has read its answer.
  while ((await inFlight()) !== 0);
});

it('metrics show the process and the lag of its event loop', async () => {
  const process = await startProcess({ ...gateway.variables, DATABASE_URL: `${gateway.variables.DATABASE_URL}.own` });
  const values = await metrics(process.url);
  expect(values.get('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThanOrEqual(0);
  expect(values.get('process_resident_memory_bytes')).toBeGreaterThan(0);
  await process.end('SIGTERM');
});
