/*
 * Measures cached reads over HTTP: a random one of 10,000 promo codes by its id, with ten fields. Compares them with a bare
 * node:http handler that does the same look-up on the same file. Rounds of both alternate, so a busy machine slows both:
 * compare the CPU time per request.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProviderPromoCode } from '../../src/domain/provider/provider.ts';
import { openStore } from '../../src/store/store.ts';
import { readNow } from '../store/store-parts.ts';
import { type GatewayProcess, startProcess } from '../support/processes/gateway-process.ts';

const SECONDS = Number(process.env.SECONDS ?? 4);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const CODES = 10_000;
const CLIENTS = 32;
const READ = `query ($id: ID!) {
  promoCode(id: $id) {
    id code provider account providerId maxRedemptions redeemedCount heldCount startsAt createdAt
  }
}`;

const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-bench-'));
const file = join(folder, 'gateway.db');
const ids = await seed();
const settings = {
  DATABASE_URL: file,
  DURO_API_KEY: 'sk_test_bench',
  DURO_BASE_URL: 'http://127.0.0.1:9',
  DURO_MAX_AGE_SECONDS: '36000',
};
const programs: Record<string, GatewayProcess> = {
  bare: await startProcess(settings, 'test/bench/bare-server.ts'),
  gateway: await startProcess(settings),
};

async function seed(): Promise<string[]> {
  const store = await openStore(file);
  const now = Date.now();
  const moment = await readNow(store.promotions, now);
  const owner = { provider: 'DURO', account: 'default' } as const;
  const made = await store.transaction(async (db) => {
    const saved = [];
    for (let index = 0; index < CODES; index += 1) {
      saved.push(await store.promotions.save(owner, promoCode(index, now), moment, db));
    }
    return saved;
  });
  await store.close();
  return made;
}

function promoCode(index: number, createdAt: number): ProviderPromoCode {
  return {
    kind: 'PromoCode',
    providerId: `promo_${index}`,
    code: `READ-${index}`,
    coupon: null,
    discount: { kind: 'PERCENTAGE', percentage: '10' },
    duration: { kind: 'ONCE' },
    active: true,
    maxRedemptions: 100,
    redeemedCount: index % 100,
    startsAt: null,
    expiresAt: null,
    createdAt,
    metadata: null,
    customerId: null,
    planId: null,
    firstTransactionOnly: false,
    minimumOrder: null,
  };
}

interface Round {
  perSecond: number;
  p50: number;
  p99: number;
  cpu: number;
}

async function readFor(program: GatewayProcess, seconds: number): Promise<Round> {
  const latencies: number[] = [];
  const cpuBefore = await program.cpuTime();
  const begun = performance.now();
  const client = async () => {
    while (performance.now() - begun < seconds * 1000) {
      const id = ids[Math.floor(Math.random() * ids.length)];
      const sent = performance.now();
      const { data } = await program.send(READ, { id });
      if (data.promoCode?.id !== id) throw new Error(JSON.stringify(data));
      latencies.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  const cpu = ((await program.cpuTime()) - cpuBefore) / latencies.length;
  latencies.sort((one, other) => one - other);
  const percentile = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  return { perSecond: latencies.length / seconds, p50: percentile(0.5), p99: percentile(0.99), cpu };
}

const rounds: Record<string, Round[]> = { bare: [], gateway: [] };
for (const program of Object.values(programs)) await readFor(program, SECONDS / 2);
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, program] of Object.entries(programs)) rounds[name]?.push(await readFor(program, SECONDS));
}
const best = Object.entries(rounds).map(([name, of]) => {
  const least = of.reduce((one, other) => (other.cpu < one.cpu ? other : one));
  const figures = `${least.perSecond.toFixed(0)} requests/s, p50 ${least.p50.toFixed(1)} ms, p99 ${least.p99.toFixed(1)} ms`;
  process.stdout.write(`${name.padEnd(8)} ${figures}, CPU ${least.cpu.toFixed(0)} µs each\n`);
  return least.cpu;
});
process.stdout.write(`ratio of CPU time: ${((best[1] ?? 0) / (best[0] ?? 1)).toFixed(2)}\n`);
for (const program of Object.values(programs)) await program.end('SIGTERM');
rmSync(folder, { recursive: true, force: true });
