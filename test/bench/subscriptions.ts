/*
 * Measures how much subscribers slow down redemptions. 16 clients redeem over HTTP with no subscribers, with 100 and 4,000
 * subscribers, and with 100 distinct subscriptions at the cost limit. Prints ratios to a run without subscribers right
 * before. Each redemption is an event for all subscribers. Subscribers and clients share the machine with the gateway.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { startDuroSimulator } from '../../src/simulators/duro/index.ts';
import { startProcess } from '../support/processes/gateway-process.ts';

const SECONDS = Number(process.env.SECONDS ?? 5);
const CLIENTS = 16;
const REDEEM = `mutation ($input: RedeemPromoCodeInput!) {
  redeemPromoCode(input: $input) { ... on RedeemPayload { redemption { id status } } ... on PromotionError { message } }
}`;
const CREATE = `mutation { createPromoCode(input: { provider: DURO, code: "BENCH", discount: { percentage: "10" },
  maxRedemptions: 100000000 }) { ... on CreatePromoCodePayload { promoCode { id } } } }`;

const counts = z.object({ events: z.number(), ended: z.number() });

const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-bench-'));
const duro = await startDuroSimulator();
const gateway = await startProcess({
  DATABASE_URL: join(folder, 'gateway.db'),
  DURO_API_KEY: duro.apiKey,
  DURO_BASE_URL: duro.url,
  DURO_MAX_AGE_SECONDS: '3600',
  MAX_SUBSCRIPTIONS_PER_CALLER: '5000',
});
const { data } = await gateway.send(CREATE);
const id: string = data.createPromoCode.promoCode.id;

let made = 0;
async function redeemOnce(): Promise<number> {
  made += 1;
  const input = { code: 'bench', customerId: `cus_${made % 1000}`, order: { id: `order-${made}` } };
  const begun = performance.now();
  const { data } = await gateway.send(REDEEM, { input: { ...input, idempotencyKey: `key-${made}` } });
  if (data.redeemPromoCode.redemption?.status !== 'REDEEMED') throw new Error(JSON.stringify(data));
  return performance.now() - begun;
}

async function redeemFor(seconds: number) {
  const latencies: number[] = [];
  const cpuBefore = await gateway.cpuTime();
  const begun = performance.now();
  const client = async () => {
    while (performance.now() - begun < seconds * 1000) latencies.push(await redeemOnce());
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  const elapsed = (performance.now() - begun) / 1000;
  const cpu = (await gateway.cpuTime()) - cpuBefore;
  return {
    perSecond: latencies.length / elapsed,
    slowest: Math.max(...latencies),
    cpuEach: cpu / latencies.length,
  };
}

/** Starts subscribers in a separate thread, so that reading their events does not slow the clients down. */
async function startListeners(queries: string[]) {
  const port = Number(new URL(gateway.url).port);
  const worker = new Worker(new URL('./listeners.ts', import.meta.url), { workerData: { port, queries } });
  await once(worker, 'message');
  return {
    count: async () => {
      worker.postMessage('count');
      const [message] = await once(worker, 'message');
      return counts.parse(message);
    },
    stop: () => worker.terminate(),
  };
}

const plain = `subscription { redemptionChanged(promotionId: "${id}") { id status } }`;
const stock = `subscription { promoCodeChanged(id: "${id}") { id status remaining } }`;
/** Costs 99 of the allowed 100 per event. The alias makes each subscription distinct. */
const heavy = (alias: number) => `subscription { redemptionChanged(promotionId: "${id}") { a${alias}: id promotion {
  redemptions(first: 47) { nodes { id status promotion { id } } } } } }`;
const runs: [name: string, queries: string[]][] = [
  ['100 of redemptions', Array.from({ length: 100 }, () => plain)],
  ['4,000 of redemptions', Array.from({ length: 4000 }, () => plain)],
  ['4,000 of a promo code', Array.from({ length: 4000 }, () => stock)],
  ['100 distinct at the cost limit', Array.from({ length: 100 }, (_, index) => heavy(index))],
];

type Run = Awaited<ReturnType<typeof redeemFor>>;

function tell(name: string, run: Run, alone: Run): void {
  const ratio = (of: keyof Run) => (run[of] / alone[of]).toFixed(2);
  process.stdout.write(
    `${name.padEnd(31)} ${run.perSecond.toFixed(0)} redemptions/s (×${ratio('perSecond')}), gateway CPU ${run.cpuEach.toFixed(0)} µs each (×${ratio('cpuEach')}), slowest answer ${run.slowest.toFixed(0)} ms (×${ratio('slowest')})\n`,
  );
}

await redeemFor(SECONDS / 2);
for (const [name, queries] of runs) {
  const alone = await redeemFor(SECONDS);
  tell('no subscribers', alone, alone);
  const listeners = await startListeners(queries);
  const run = await redeemFor(SECONDS);
  const { events, ended } = await listeners.count();
  await listeners.stop();
  tell(name, run, alone);
  process.stdout.write(`${' '.repeat(31)} ${events} events reached them, ${ended} were ended\n`);
}
await gateway.end('SIGTERM');
await duro.close();
rmSync(folder, { recursive: true, force: true });
