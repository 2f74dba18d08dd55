/*
 * Measures redemptions per second over HTTP with 1, 16 and 64 clients, on each engine. Compares them with a bare loop that
 * writes each redemption in its own durable transaction, on the same store in the same run. On PostgreSQL, also compares
 * two gateways that redeem the same code with one. The clients and the database share the machine with the gateways.
 *
 * `npm run bench:redeem -- PostgreSQL` measures one engine. SECONDS sets how long each measurement takes.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { startDuroSimulator } from '../../src/simulators/duro/index.ts';
import type { Engine } from '../../src/store/engines/engine.ts';
import { openPostgres } from '../../src/store/engines/postgres.ts';
import { openSqlite } from '../../src/store/engines/sqlite.ts';
import { PostgresServer } from '../support/postgres/postgres-server.ts';
import { type GatewayProcess, startProcess } from '../support/processes/gateway-process.ts';
import { BARE_AT_ONCE, BARE_CALLER, bareRedemption, perSecond } from './bare-loop.ts';
import { RedeemClients, type RedeemFigures } from './redeem-clients.ts';

const SECONDS = Number(process.env.SECONDS ?? 5);
const [ONLY] = process.argv.slice(2);
/** How often one gateway and two are measured in turn. */
const ROUNDS = 3;
const MOST_CLIENTS = 64;

type Simulator = Awaited<ReturnType<typeof startDuroSimulator>>;

function startGateway(url: string, duro: Simulator): Promise<GatewayProcess> {
  return startProcess({
    DATABASE_URL: url,
    DURO_API_KEY: duro.apiKey,
    DURO_BASE_URL: duro.url,
    DURO_MAX_AGE_SECONDS: '3600',
  });
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function described({ p50, p99, cpuPerRedemption }: RedeemFigures): string {
  return `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, gateway CPU ${cpuPerRedemption.toFixed(0)} µs each`;
}

/** Compares one gateway with the bare loop. */
async function measureOne(
  name: keyof typeof BARE_AT_ONCE,
  engine: Engine,
  gateway: GatewayProcess,
  clients: RedeemClients,
): Promise<void> {
  const promotionId = await RedeemClients.createCode(gateway);
  await clients.redeemFor([gateway], 16, SECONDS / 2);
  const bareAtOnce = BARE_AT_ONCE[name];
  const floor = await perSecond(bareAtOnce, SECONDS, bareRedemption(engine, promotionId));
  print(`${name}: bare loop ${floor.toFixed(0)} transactions/s, one redemption each, ${bareAtOnce} at a time`);
  for (const count of [1, 16, MOST_CLIENTS]) {
    const figures = await clients.redeemFor([gateway], count, SECONDS);
    const share = `${(figures.perSecond / floor).toFixed(2)} of the bare loop`;
    const rate = `${figures.perSecond.toFixed(0)} redemptions/s (${share})`;
    print(`${name}: ${String(count).padStart(2)} at a time over HTTP ${rate}, ${described(figures)}`);
  }
}

/** Compares two gateways on one store with one of them, in turn. */
async function measureTwo(gateways: readonly GatewayProcess[], clients: RedeemClients): Promise<void> {
  await clients.redeemFor(gateways, MOST_CLIENTS, SECONDS / 2);
  for (let round = 0; round < ROUNDS; round += 1) {
    const one = await clients.redeemFor(gateways.slice(0, 1), MOST_CLIENTS, SECONDS);
    const two = await clients.redeemFor(gateways, MOST_CLIENTS, SECONDS);
    const share = `${(two.perSecond / one.perSecond).toFixed(2)} of one gateway's ${one.perSecond.toFixed(0)}`;
    print(`Two gateways, one code: ${two.perSecond.toFixed(0)} redemptions/s (${share}), ${described(two)}`);
  }
}

/** @throws when the ledger has other redemptions than those that were acknowledged */
async function checkLedger({ reads }: Engine, { acknowledged }: RedeemClients): Promise<void> {
  const counted = sql<{ uses: number }>`select count(*) as uses from redemptions
    where status = 'REDEEMED' and caller <> ${BARE_CALLER}`;
  const { uses } = (await counted.execute(reads)).rows[0] ?? {};
  if (uses !== acknowledged) throw new Error(`${acknowledged} redemptions were acknowledged, and ${uses} recorded`);
}

async function measureSqlite(): Promise<void> {
  const duro = await startDuroSimulator();
  const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-bench-'));
  const file = join(folder, 'gateway.db');
  const gateway = await startGateway(file, duro);
  const engine = await openSqlite(file);
  const clients = new RedeemClients();
  await measureOne('SQLite', engine, gateway, clients);
  await gateway.end('SIGTERM');
  await checkLedger(engine, clients);
  await engine.close();
  await duro.close();
  rmSync(folder, { recursive: true, force: true });
}

async function measurePostgres(): Promise<void> {
  const duro = await startDuroSimulator();
  const server = await PostgresServer.start({ isDurable: true });
  const engine = await openPostgres({ url: server.url });
  const one = await startGateway(server.url, duro);
  const clients = new RedeemClients();
  await measureOne('PostgreSQL', engine, one, clients);
  const two = await startGateway(server.url, duro);
  await measureTwo([one, two], clients);
  // The server counts the deadlocks of a connection when it ends.
  await Promise.all([one.end('SIGTERM'), two.end('SIGTERM')]);
  await checkLedger(engine, clients);
  const counted = sql<{ deadlocks: number }>`select deadlocks from pg_stat_database where datname = current_database()`;
  const { deadlocks } = (await counted.execute(engine.reads)).rows[0] ?? {};
  if (deadlocks !== 0) throw new Error(`The server has ended ${deadlocks} deadlocks`);
  print('Two gateways, one code: no deadlock, and no redemption was refused or lost');
  await engine.close();
  await duro.close();
  await server.remove();
}

const ENGINES = { SQLite: measureSqlite, PostgreSQL: measurePostgres };
const chosen = Object.entries(ENGINES).filter(([name]) => ONLY === undefined || name === ONLY);
if (chosen.length === 0) throw new Error(`There is no engine ${ONLY}: name ${Object.keys(ENGINES).join(' or ')}`);
for (const [, measure] of chosen) await measure();
