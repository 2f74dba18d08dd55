import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { TakeMode, Use } from '../../../src/domain/ledger/requests.ts';
import { parseRedemptionId } from '../../../src/domain/promotion/identity.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres/test-database.ts';
import { couponFacts, OWNER, promoCodeFacts, useOf } from '../races/two-stores.ts';
import { readNow } from '../store-parts.ts';

/** How many rows each table has at the end. */
const ROWS = Number(process.env.PLAN_ROWS ?? 50_000);
/** So few that a planner without statistics could prefer to read them all. */
const FEW = 20_000;
const NOW = 1000;

let database: TestDatabase;
let client: pg.Client;
let store: Store;
beforeAll(async () => {
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  store = await openStore({ url: database.url, directUrl: database.url, poolSize: 2, waitSeconds: 0 });
}, 60_000 + ROWS);
afterAll(async () => {
  vi.restoreAllMocks();
  await store.close();
  await client.end();
  await database.drop();
});

/** Adds rows that no command concerns. The server gathers no statistics about them. */
async function fill(first: number, last: number): Promise<void> {
  const tables = ['promotions', 'redemptions', 'idempotency_keys', 'intents'];
  for (const table of tables) await client.query(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
  // Without triggers, which would write a change for each row.
  await client.query('SET session_replication_role = replica');
  await client.query(
    `INSERT INTO promotions (id, kind, provider, account, provider_id, code, normalized_code, duration_kind,
        provider_active, provider_first_transaction, created_at, as_of, read_sequence, provider_count, status_until)
      SELECT 'filled ' || n, 'PromoCode', 'STRIPE_CONNECT', 'acct_race', 'filled ' || n, 'FILLED' || n, 'FILLED' || n,
        'ONCE', 1, 0, n, n, n, 0, NULL FROM generate_series($1::integer, $2::integer) AS n`,
    [first, last],
  );
  await client.query(
    `INSERT INTO redemptions (ledger_id, status, promotion_id, provider, account, coupon_id, caller, customer_id, order_id,
        created_at, held_until, taken_sequence, redeemed_at)
      SELECT 'filled ' || n, CASE n % 4 WHEN 0 THEN 'HELD' ELSE 'REDEEMED' END, 'filled ' || n, 'STRIPE_CONNECT',
        'acct_race', 'filled ' || n, 'filled', 'filled ' || n, 'filled ' || n, n,
        CASE n % 4 WHEN 0 THEN 1000000 + n END, n, CASE n % 4 WHEN 0 THEN NULL ELSE n END
      FROM generate_series($1::integer, $2::integer) AS n`,
    [first, last],
  );
  await client.query(
    `INSERT INTO idempotency_keys (caller, key, mutation, input_hash, provider, leased_until, created_at)
      SELECT 'filled', 'filled ' || n, 'redeemPromoCode', '', 'STRIPE_CONNECT', 0, n
      FROM generate_series($1::integer, $2::integer) AS n`,
    [first, last],
  );
  await client.query('SET session_replication_role = origin');
}

const sent = z.tuple([z.string(), z.array(z.unknown()).optional()]).rest(z.unknown());

/** Runs work, and returns the plans of its statements. They are planned for the values of the statement, as the server does. */
async function plansOf(work: () => Promise<unknown>): Promise<Map<string, string>> {
  const query = vi.spyOn(pg.Client.prototype, 'query');
  await work();
  const statements = query.mock.calls.flatMap((call) => sent.safeParse(call).data ?? []);
  query.mockRestore();
  const plans = new Map<string, string>();
  const calls = z
    .array(z.union([z.string(), z.array(z.unknown())]))
    .parse(statements.filter((one) => one !== undefined));
  for (const [index, text] of calls.entries()) {
    const values = calls[index + 1];
    if (typeof text !== 'string' || !/^(with|select|insert|update|delete)/i.test(text)) continue;
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN ${text}`,
      Array.isArray(values) ? values : [],
    );
    plans.set(text, rows.map((row) => row['QUERY PLAN']).join('\n'));
  }
  return plans;
}

async function createCodes(round: string): Promise<string[]> {
  const coupon = couponFacts('coupon', { maxRedemptions: 1000 });
  const ids: string[] = [];
  for (const [index, facts] of [{ coupon }, { coupon }, { firstTransactionOnly: true }].entries()) {
    const moment = await readNow(store.promotions, NOW);
    const id = await store.promotions.save(OWNER, promoCodeFacts(`CODE-${round}-${index}`, facts), moment);
    await store.promotions.setRules(id, { perCustomerLimit: 5 }, 0);
    ids.push(id);
  }
  return ids;
}

/** Every kind of command of the ledger, many of each at the same time. */
async function useLedger(codes: readonly string[], round: string): Promise<void> {
  const { ledger } = store;
  const many = Array.from({ length: 64 }, (_, index) => `${round} ${index}`);
  const by = { caller: 'shop', customer: null, mayManage: true };
  const takeEach = (mode: TakeMode) =>
    Promise.all(
      many.map((name, index) => {
        const use: Use = useOf(codes[index % codes.length] ?? '', `customer ${name}`);
        const order = { ...use.order, id: `${mode.as} ${name}`, firstTransaction: true };
        const key = `${mode.as} ${name}`;
        const call = { caller: 'shop', key, mutation: 'redeem', inputHash: '', accountScope: null };
        return ledger.take({ ...use, order }, mode, call, NOW);
      }),
    );
  const held = await takeEach({ as: 'HELD', until: NOW + 60_000, mostOpen: 3 });
  const redeemed = await takeEach({ as: 'REDEEMED' });
  const idsOf = (answers: typeof held) =>
    answers.flatMap((answer) => (answer.kind === 'TAKEN' ? (parseRedemptionId(answer.redemption.id) ?? []) : []));
  expect(idsOf(held)).toHaveLength(many.length);
  const finalAmount = { amount: { minorUnits: 100, currency: 'USD' } };
  await Promise.all(
    idsOf(held).map((ledgerId, index) =>
      ledger.confirm({ ledgerId, countedByProvider: index % 2 === 0, finalAmount }, by, null, NOW),
    ),
  );
  await Promise.all(idsOf(redeemed).map((id) => ledger.cancel(id, null, by, null, NOW)));
  await takeEach({ as: 'HELD', until: NOW + 1, mostOpen: 3 });
  await ledger.releaseExpired(NOW + 2);
  await ledger.quote(useOf(codes[0] ?? '', `customer ${round}`), NOW);
}

/** The statements whose plan reads a whole table, or all rows of a status. */
function scansOf(plans: Map<string, string>): [statement: string, plan: string][] {
  const isScan = (plan: string) =>
    /Seq Scan on (promotions|redemptions|idempotency_keys|intents)/.test(plan) ||
    /Index Cond: \(status = [^\n]*(?<! AND [^\n]*)$/m.test(plan);
  return [...plans].filter(([, plan]) => isScan(plan));
}

// In this order: the tables get fuller.
it(`the statements of the ledger find all rows by an index in tables of ${FEW} rows, without statistics`, {
  timeout: 60_000 + ROWS,
}, async () => {
  await fill(1, FEW);
  const codes = await createCodes('few');
  const plans = await plansOf(() => useLedger(codes, 'few'));
  expect(plans.size).toBeGreaterThan(10);
  expect(scansOf(plans)).toEqual([]);
});

it.each<[string, () => Promise<unknown>]>([
  ['without statistics', () => fill(FEW + 1, ROWS)],
  ['with statistics', () => client.query('ANALYZE promotions, redemptions, idempotency_keys, intents')],
])(
  `the statements of the ledger find all rows by an index in tables of ${ROWS} rows, %s`,
  { timeout: 60_000 + ROWS },
  async (round, arrange) => {
    await arrange();
    const codes = await createCodes(round);
    const plans = await plansOf(() => useLedger(codes, round));
    expect(plans.size).toBeGreaterThan(10);
    expect(scansOf(plans)).toEqual([]);
  },
);
