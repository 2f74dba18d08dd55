/*
 * Measures the ledger alone: redemptions of one hot code by 1, 16, 64 and 256 callers at a time, on each engine. Compares
 * them with a bare loop on the same engine in the same run: one redemption in each durable transaction. SECONDS sets how
 * long each measurement takes.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RawBuilder, sql } from 'kysely';
import type { Db, Engine } from '../../src/store/engines/engine.ts';
import { openPostgres } from '../../src/store/engines/postgres.ts';
import { type Placeholders, prepare } from '../../src/store/engines/prepared.ts';
import { openSqlite } from '../../src/store/engines/sqlite.ts';
import { storeOver } from '../../src/store/store.ts';
import { factsOf, OWNER } from '../domain/ledger/model-promotions.ts';
import { readNow } from '../store/store-parts.ts';
import { PostgresServer } from '../support/postgres/postgres-server.ts';

const SECONDS = Number(process.env.SECONDS ?? 3);
/** How many connections of PostgreSQL the bare loop uses at a time. SQLite has one writer. */
const BARE_CONNECTIONS = 6;

let made = 0;

/** Does something again and again, some at a time. @returns how often in a second */
async function perSecond(atOnce: number, once: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  let done = 0;
  const worker = async () => {
    while (performance.now() - begun < SECONDS * 1000) {
      await once();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return done / ((performance.now() - begun) / 1000);
}

/** One redemption in a transaction of its own: the counter, the row of the ledger and the idempotency key. */
function bareRedemption(engine: Engine, promotionId: string): () => Promise<void> {
  type Values = { id: string; at: number; promotion: string };
  const statement = (text: (value: Placeholders<Values>) => RawBuilder<unknown>) =>
    prepare<Values, unknown>(engine, (_: Db, value) => text(value));
  const count = statement(
    (value) => sql`update promotions set uncounted = uncounted + 1
      where id = ${value('promotion')} and (max_redemptions is null or redeemed_count + held < max_redemptions)`,
  );
  const row = statement(
    (value) => sql`insert into redemptions
      (ledger_id, status, promotion_id, caller, customer_id, order_id, created_at, redeemed_at)
      values (${value('id')}, 'REDEEMED', ${value('promotion')}, 'bare', ${value('id')}, ${value('id')},
        ${value('at')}, ${value('at')})`,
  );
  const key = statement(
    (value) => sql`insert into idempotency_keys
      (caller, key, mutation, input_hash, provider, result_id, leased_until, created_at)
      values ('bare', ${value('id')}, 'redeem', 'hash', 'DURO', ${value('id')}, 0, ${value('at')})`,
  );
  return () =>
    engine.transaction(async (db) => {
      made += 1;
      const values = { id: `bare-${made}`, at: Date.now(), promotion: promotionId };
      for (const each of [count, row, key]) await each.run(db, values);
    });
}

async function measure(name: string, engine: Engine, bareAtOnce: number): Promise<void> {
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
  await perSecond(16, take);
  const floor = await perSecond(bareAtOnce, bareRedemption(engine, promotionId));
  process.stdout.write(`${name}: bare loop ${floor.toFixed(0)}/s, ${bareAtOnce} at a time\n`);
  for (const atOnce of [1, 16, 64, 256]) {
    const rate = await perSecond(atOnce, take);
    const share = `${(rate / floor).toFixed(2)} of the bare loop`;
    process.stdout.write(`${name}: ${String(atOnce).padStart(3)} at a time ${rate.toFixed(0)}/s (${share})\n`);
  }
  await store.close();
}

const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-bench-'));
await measure('SQLite', await openSqlite(join(folder, 'gateway.db')), 1);
rmSync(folder, { recursive: true, force: true });

const server = await PostgresServer.start({ isDurable: true });
await measure('PostgreSQL', await openPostgres({ url: server.url }), BARE_CONNECTIONS);
await server.remove();
