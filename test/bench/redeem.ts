/*
 * Measures redemptions per second over HTTP with 1, 16 and 64 clients. Compares them with a bare loop that writes each
 * redemption in its own durable transaction, on the same file in the same run. The clients share the machine with the
 * gateway.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { startDuroSimulator } from '../../src/simulators/duro/index.ts';
import { startProcess } from '../support/processes/gateway-process.ts';

const SECONDS = Number(process.env.SECONDS ?? 5);
const REDEEM = `mutation ($input: RedeemPromoCodeInput!) {
  redeemPromoCode(input: $input) { ... on RedeemPayload { redemption { id status } } ... on PromotionError { message } }
}`;
const CREATE = `mutation { createPromoCode(input: { provider: DURO, code: "BENCH", discount: { percentage: "10" },
  maxRedemptions: 100000000 }) { ... on CreatePromoCodePayload { promoCode { id } } } }`;

const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-bench-'));
const file = join(folder, 'gateway.db');
const duro = await startDuroSimulator();
const gateway = await startProcess({
  DATABASE_URL: file,
  DURO_API_KEY: duro.apiKey,
  DURO_BASE_URL: duro.url,
  DURO_MAX_AGE_SECONDS: '3600',
});
const { data } = await gateway.send(CREATE);
const promotionId: string = data.createPromoCode.promoCode.id;

let made = 0;
async function redeemOnce(): Promise<number> {
  made += 1;
  const input = {
    code: 'bench',
    customerId: `cus_${made % 1000}`,
    order: { id: `order-${made}` },
    idempotencyKey: `key-${made}`,
  };
  const begun = performance.now();
  const { data } = await gateway.send(REDEEM, { input });
  if (data.redeemPromoCode.redemption?.status !== 'REDEEMED') throw new Error(JSON.stringify(data));
  return performance.now() - begun;
}

/** Redeems for some seconds with a number of clients. Each sends its next call when the last one is answered. */
async function redeemFor(clients: number, seconds: number) {
  const latencies: number[] = [];
  const cpuBefore = await gateway.cpuTime();
  const begun = performance.now();
  const client = async () => {
    while (performance.now() - begun < seconds * 1000) latencies.push(await redeemOnce());
  };
  await Promise.all(Array.from({ length: clients }, client));
  const elapsed = (performance.now() - begun) / 1000;
  const cpu = (await gateway.cpuTime()) - cpuBefore;
  latencies.sort((one, other) => one - other);
  const percentile = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  return {
    perSecond: latencies.length / elapsed,
    p50: percentile(0.5),
    p99: percentile(0.99),
    cpuPerRedemption: cpu / latencies.length,
  };
}

/**
 * Writes each redemption in its own durable transaction: the counter, the row of the ledger and the idempotency key.
 */
function bareLoop(seconds: number): number {
  const sqlite = new Sqlite(file);
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL']) sqlite.pragma(pragma);
  const count = sqlite.prepare(
    'UPDATE promotions SET uncounted = uncounted + 1 WHERE id = ? AND redeemed_count + held < max_redemptions',
  );
  const row = sqlite.prepare(
    `INSERT INTO redemptions (ledger_id, status, promotion_id, caller, customer_id, order_id, created_at, redeemed_at)
      VALUES (?, 'REDEEMED', ?, 'bare', ?, ?, ?, ?)`,
  );
  const key = sqlite.prepare(
    `INSERT INTO idempotency_keys (caller, key, mutation, input_hash, provider, result_id, leased_until, created_at)
      VALUES ('bare', ?, 'redeemPromoCode', 'hash', 'DURO', ?, 0, ?)`,
  );
  const redeem = sqlite.transaction((index: number) => {
    const now = Date.now();
    count.run(promotionId);
    row.run(`${made}-${index}`, promotionId, `cus_${index % 1000}`, `order-${made}-${index}`, now, now);
    key.run(`key-${made}-${index}`, `${index}`, now);
  });
  const begun = performance.now();
  let index = 0;
  for (; performance.now() - begun < seconds * 1000; index += 1) redeem.immediate(index);
  const elapsed = (performance.now() - begun) / 1000;
  sqlite.close();
  return index / elapsed;
}

await redeemFor(16, SECONDS / 2);
const floor = bareLoop(SECONDS);
process.stdout.write(`bare loop             ${floor.toFixed(0)} transactions/s, one redemption each\n`);
for (const clients of [1, 16, 64]) {
  const { perSecond, p50, p99, cpuPerRedemption } = await redeemFor(clients, SECONDS);
  process.stdout.write(
    `${String(clients).padStart(2)} clients over HTTP  ${perSecond.toFixed(0)} redemptions/s (${(perSecond / floor).toFixed(2)} of the bare loop), p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, gateway CPU ${cpuPerRedemption.toFixed(0)} µs each\n`,
  );
}
await gateway.end('SIGTERM');
await duro.close();
rmSync(folder, { recursive: true, force: true });
