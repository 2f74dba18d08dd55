import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TYPES } from '../../../../src/store/engines/postgres/postgres-connections.ts';
import { openStore } from '../../../../src/store/store.ts';
import { createDatabase, type TestDatabase } from '../../../support/postgres/test-database.ts';

const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-triggers-'));
let sqlite: Sqlite.Database;
let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  const file = join(folder, 'gateway.db');
  await (await openStore(file)).close();
  sqlite = new Sqlite(file);
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url, types: TYPES });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
  sqlite.close();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  for (const table of ['promotions', 'redemptions', 'changes', 'changed_coupons']) await both(`DELETE FROM ${table}`);
});

/** Runs a statement in both engines. */
async function both(statement: string): Promise<void> {
  sqlite.exec(statement);
  await client.query(statement);
}

/** The rows of a query, which must be the same in both engines. */
async function rowsOfBoth(query: string): Promise<unknown[]> {
  const rows = sqlite.prepare<[], unknown>(query).all();
  expect((await client.query(query)).rows).toEqual(rows);
  return rows;
}

async function addPromotion(id: string, columns: Record<string, string | number> = {}): Promise<void> {
  const all = {
    ...{ id: `'${id}'`, kind: `'Coupon'`, provider: `'P'`, account: `'a'`, provider_id: `'${id}'` },
    ...{ duration_kind: `'ONCE'`, provider_active: 1, provider_first_transaction: 0, provider_count: 0 },
    ...{ created_at: 1000, as_of: 2000, read_sequence: 1, status_until: 'NULL', ...columns },
  };
  await both(`INSERT INTO promotions (${Object.keys(all).join()}) VALUES (${Object.values(all).join()})`);
}

async function addUse(id: string, columns: Record<string, string | number> = {}): Promise<void> {
  const use = { ledger_id: `'${id}'`, status: `'HELD'`, promotion_id: `'code'`, coupon_id: `'coupon'` };
  const all = { ...use, caller: `'shop'`, created_at: 1000, ...columns };
  await both(`INSERT INTO redemptions (${Object.keys(all).join()}) VALUES (${Object.values(all).join()})`);
}

/** The columns that a promotion must have. */
const REQUIRED = `id, kind, provider, account, provider_id, duration_kind, provider_active, provider_first_transaction,
  provider_count, created_at, as_of, read_sequence`;

const CHANGES = 'SELECT promotion_id, coupon_id, ledger_id FROM changes ORDER BY number';
const MARKED = 'SELECT id, status_until FROM promotions ORDER BY id';
const COUPONS = 'SELECT * FROM changed_coupons';

describe('both engines', () => {
  it('generate the narrower of the two values of a column, and sort what never ends last', async () => {
    const [none, low, high] = ['NULL', 5, 9];
    const pairs = [none, low, high].flatMap((one) => [none, low, high].map((other) => [one, other] as const));
    for (const [place, [provider, rule]] of pairs.entries()) {
      const limits = { provider_max: provider, rule_max: rule };
      const dates = { provider_starts_at: provider, rule_starts_at: rule, provider_expires_at: provider };
      const flags = { provider_active: place % 2, rule_switched_off: place % 3 === 0 ? 1 : 0 };
      const counts = { provider_count: place, uncounted: 1, count_lag: 2 };
      await addPromotion(`${place}`, { ...limits, ...dates, ...flags, ...counts, rule_expires_at: rule });
    }
    const rows = await rowsOfBoth(
      `SELECT id, active, max_redemptions, starts_at, expires_at, redeemed_count, ends_at FROM promotions ORDER BY id`,
    );
    expect(rows[0]).toMatchObject({ active: 0, max_redemptions: null, starts_at: null, redeemed_count: 3 });
    expect(rows[5]).toMatchObject({ active: 1, max_redemptions: 5, starts_at: 9, expires_at: 5, ends_at: 5 });
    expect(rows[0]).toMatchObject({ expires_at: null, ends_at: 9007199254740991 });
  });

  it('order uses that were never redeemed below all others', async () => {
    await addUse('held');
    await addUse('redeemed', { status: `'REDEEMED'`, redeemed_at: 3000 });
    const rows = await rowsOfBoth('SELECT ledger_id, redeemed_order FROM redemptions ORDER BY redeemed_order');
    expect(rows[0]).toEqual({ ledger_id: 'held', redeemed_order: 1000 - 9007199254740991 });
  });

  it('record a change of a promotion that clients see, and no other', async () => {
    await addPromotion('coupon');
    await both(`UPDATE promotions SET as_of = 3000, read_sequence = 2`);
    await both(`UPDATE promotions SET held = held + 1`);
    await both(`UPDATE promotions SET product_ids = '["plan"]'`);
    await both(`UPDATE promotions SET name = 'Spring', metadata = '{}'`);
    expect(await rowsOfBoth(CHANGES)).toHaveLength(4);
  });

  it('record a new use, its change of status and its change of customer', async () => {
    await addUse('use');
    await both(`UPDATE redemptions SET held_until = 5000`);
    await both(`UPDATE redemptions SET status = 'REDEEMED'`);
    await both(`UPDATE redemptions SET customer_id = 'customer'`);
    const change = { promotion_id: 'code', coupon_id: 'coupon', ledger_id: 'use' };
    expect(await rowsOfBoth(CHANGES)).toEqual([change, change, change]);
  });

  it('mark a promotion for a new status when its activity, dates, coupon or limit change', async () => {
    const updates = [
      'provider_active = 0',
      'rule_switched_off = 1',
      'rule_starts_at = 7',
      'provider_expires_at = 7',
      `coupon_id = 'coupon'`,
      'uncounted = 3',
    ];
    for (const update of updates) {
      await both('DELETE FROM promotions');
      await addPromotion('code', { kind: `'PromoCode'`, rule_max: 3 });
      await both(`UPDATE promotions SET ${update}`);
      expect(await rowsOfBoth(MARKED), update).toEqual([{ id: 'code', status_until: 0 }]);
    }
    expect(await rowsOfBoth(COUPONS)).toEqual([]);
  });

  it('mark no promotion whose status stays', async () => {
    await addPromotion('coupon', { rule_max: 3 });
    await both(`UPDATE promotions SET uncounted = 2, held = 1, name = 'Spring', provider_max = 9`);
    expect(await rowsOfBoth(MARKED)).toEqual([{ id: 'coupon', status_until: null }]);
    expect(await rowsOfBoth(COUPONS)).toEqual([]);
  });

  it('begin the promo codes of a coupon from the first when it changes once more', async () => {
    await addPromotion('coupon');
    await both(`UPDATE promotions SET provider_active = 0`);
    await both(`UPDATE changed_coupons SET after_status = 'ACTIVE', after_created = 7, after_tie = 8`);
    await both(`UPDATE promotions SET provider_active = 1`);
    const first = { coupon_id: 'coupon', after_status: '', after_created: 0, after_tie: 0 };
    expect(await rowsOfBoth(COUPONS)).toEqual([first]);
  });

  it('end the holds of a promotion and of its promo codes soon after it, and no use that has no end', async () => {
    await addPromotion('coupon');
    await addUse('long', { held_until: 9_000_000, held_before: 8_000_000 });
    await addUse('short', { held_until: 1000 });
    await addUse('endless', { promotion_id: `'coupon'`, coupon_id: 'NULL' });
    await addUse('ended', { status: `'EXPIRED'`, held_until: 9_000_000 });
    await addUse('other', { coupon_id: 'NULL', held_until: 9_000_000 });
    await both('UPDATE promotions SET rule_expires_at = 5000');
    const rows = await rowsOfBoth('SELECT ledger_id, held_until, held_before FROM redemptions ORDER BY ledger_id');
    expect(rows).toEqual([
      { ledger_id: 'ended', held_until: 9_000_000, held_before: null },
      { ledger_id: 'endless', held_until: null, held_before: null },
      { ledger_id: 'long', held_until: 905_000, held_before: 905_000 },
      { ledger_id: 'other', held_until: 9_000_000, held_before: null },
      { ledger_id: 'short', held_until: 1000, held_before: null },
    ]);
  });

  it.each([
    `INSERT INTO promotions (${REQUIRED}) SELECT ${REQUIRED} FROM promotions`,
    `UPDATE promotions SET account = NULL`,
    `UPDATE promotions SET held = -1`,
    `UPDATE promotions SET uncounted = -1`,
    `UPDATE promotions SET count_lag = -1`,
    `UPDATE promotions SET kind = 'Voucher'`,
    `UPDATE redemptions SET status = 'LOST'`,
    `INSERT INTO redemptions (ledger_id, status, promotion_id, caller, order_id, created_at)
      VALUES ('again', 'HELD', 'code', 'shop', 'order', 1)`,
    `INSERT INTO redemptions (ledger_id, status, promotion_id, caller, provider, account, provider_use_id, created_at)
      VALUES ('again', 'CANCELLED', 'code', 'shop', 'P', 'a', 'use', 1)`,
    `INSERT INTO sync_rounds VALUES ('P', 'a', 'LOST', NULL, NULL, 1, 1, 1, 1, NULL, 1, 1)`,
  ])('refuse %s', async (statement) => {
    await addPromotion('coupon');
    const use = { provider: `'P'`, account: `'a'`, provider_use_id: `'use'` };
    await addUse('use', { order_id: `'order'`, ...use });
    expect(() => sqlite.exec(statement)).toThrow('constraint failed');
    const isConstraint = { code: expect.stringMatching(/^23/) };
    await expect(client.query(statement)).rejects.toMatchObject(isConstraint);
  });
});
