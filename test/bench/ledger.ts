/*
 * Measures the ledger alone: redemptions of one hot code by 1, 16, 64 and 256 callers at a time, on each engine. Compares
 * them with a bare loop on the same engine in the same run: one redemption in each durable transaction. SECONDS sets how
 * long each measurement takes.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../../src/store/engines/engine.ts';
import { openPostgres } from '../../src/store/engines/postgres.ts';
import { openSqlite } from '../../src/store/engines/sqlite.ts';
import { storeOver } from '../../src/store/store.ts';
import { factsOf, OWNER } from '../domain/ledger/model-promotions.ts';
import { readNow } from '../store/store-parts.ts';
import { PostgresServer } from '../support/postgres/postgres-server.ts';
import { BARE_AT_ONCE, bareRedemption, perSecond } from './bare-loop.ts';

const SECONDS = Number(process.env.SECONDS ?? 3);

let made = 0;

async function measure(name: keyof typeof BARE_AT_ONCE, engine: Engine): Promise<void> {
  const store = storeOver(engine);
  const facts = factsOf('free', { count: 0, couponCount: 0 });
  const promotionId = await store.promotions.save(
    OWNER,
    { ...facts, coupon: null },
    await readNow(store.promotions, 0),
  );
  const take = async () => {
    made += 1;
    const order = { id: `order-${made}`, amount: null, planId: null, firstTransaction: false };
    const asked = { promotionId, customerId: `cus_${made % 1000}`, order, subscriptionId: null };
    const call = { caller: 'bench', key: `key-${made}`, mutation: 'redeem', inputHash: 'hash', accountScope: null };
    const by = { caller: 'bench', boundTo: null, mayRead: true };
    const answer = await store.ledger.take({ ...asked, ...by }, { as: 'REDEEMED' }, call, Date.now());
    if (answer.kind !== 'TAKEN') throw new Error(JSON.stringify(answer));
  };
  await perSecond(16, SECONDS, take);
  const bareAtOnce = BARE_AT_ONCE[name];
  const floor = await perSecond(bareAtOnce, SECONDS, bareRedemption(engine, promotionId));
  process.stdout.write(`${name}: bare loop ${floor.toFixed(0)}/s, ${bareAtOnce} at a time\n`);
  for (const atOnce of [1, 16, 64, 256]) {
    const rate = await perSecond(atOnce, SECONDS, take);
    const share = `${(rate / floor).toFixed(2)} of the bare loop`;
    process.stdout.write(`${name}: ${String(atOnce).padStart(3)} at a time ${rate.toFixed(0)}/s (${share})\n`);
  }
  await store.close();
}

const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-bench-'));
await measure('SQLite', await openSqlite(join(folder, 'gateway.db')));
rmSync(folder, { recursive: true, force: true });

const server = await PostgresServer.start({ isDurable: true });
await measure('PostgreSQL', await openPostgres({ url: server.url }));
await server.remove();
