import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { Attempts } from '../../../src/store/attempts.ts';
import type { Engine } from '../../../src/store/engines/engine.ts';
import { SqliteConnection } from '../../../src/store/engines/sqlite/sqlite-connection.ts';
import { openSqlite } from '../../../src/store/engines/sqlite.ts';
import { RowBudget } from '../../../src/store/lists/look-through.ts';
import { MOST_LOOKED_AT } from '../../../src/store/lists/scan.ts';
import { ROWS_IN_A_TURN, Turns } from '../../../src/store/lists/turns.ts';
import { PromotionList, type PromotionSort } from '../../../src/store/promotions/promotion-list.ts';
import { Statuses } from '../../../src/store/promotions/statuses.ts';
import { fillStore } from '../../bench/many-promotions.ts';
import { countTurns } from '../../support/count-turns.ts';

const CODES = 12_000;
const NOW = 1_700_000_000_000;
/** 10,000 rows, minus the 1,000 that find out whether the prefix matches only a few. */
const ROW_BY_ROW = MOST_LOOKED_AT - 1000;
const TURNS_OF_A_LOOK = ROW_BY_ROW / ROWS_IN_A_TURN;
const EVERY_CODE = { kind: 'PromoCode' } as const;
/** Matches every promo code, and is checked row by row. */
const EACH_CODE = { kind: 'PromoCode', codePrefix: 'save-' } as const;

const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-turns-'));
let engine: Engine;
let turns: Turns;
let sqlite: Sqlite.Database;
let list: PromotionList;
beforeAll(async () => {
  const file = join(folder, 'gateway.db');
  await fillStore(file, CODES, NOW);
  engine = await openSqlite(file);
  sqlite = new Sqlite(file);
  turns = new Turns(engine.snapshotsAtOnce);
  const statuses = new Statuses(engine, turns);
  while (!(await statuses.update(NOW)));
  list = new PromotionList(engine, turns, statuses);
});
afterAll(async () => {
  sqlite.close();
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Counts the queries while some work runs, and the rows that they return. */
async function countQueries<Result>(work: () => Promise<Result>) {
  const run = vi.spyOn(SqliteConnection.prototype, 'run');
  try {
    const result = await work();
    const rows = run.mock.results.reduce((sum, { value }) => sum + value.rows.length, 0);
    return { result, queries: run.mock.calls.length, rows };
  } finally {
    run.mockRestore();
  }
}

it('fifty counts of a long list stop at 10,000 rows and each take a turn of the event loop', async () => {
  const counts = Promise.all(Array.from({ length: 50 }, () => list.count(EVERY_CODE, NOW)));
  const { result, turns } = await countTurns(counts);
  expect(result).toEqual(Array(50).fill({ rows: MOST_LOOKED_AT, isExact: false }));
  expect(turns).toBeGreaterThanOrEqual(49);
});

it('a count that ends before 10,000 rows is exact, by an index or row by row', async () => {
  const byStatus = await list.count({ ...EVERY_CODE, statuses: ['EXHAUSTED'] }, NOW);
  const rowByRow = await list.count({ ...EACH_CODE, statuses: ['EXHAUSTED'] }, NOW);
  const stored = sqlite.prepare<[], { total: number }>(
    "SELECT count(*) AS total FROM promotions WHERE kind = 'PromoCode' AND status = 'EXHAUSTED'",
  );
  expect(byStatus).toEqual({ rows: stored.get()?.total, isExact: true });
  expect(rowByRow).toEqual(byStatus);
});

it('a count of a range of few rows counts the requested statuses', async () => {
  const few = { ...EVERY_CODE, codePrefix: 'save-11' };
  const stored = sqlite.prepare<[], { total: number }>(
    "SELECT count(*) AS total FROM promotions WHERE normalized_code LIKE 'save-11%' AND status = 'EXHAUSTED'",
  );
  const total = stored.get()?.total ?? 0;
  expect((await list.count(few, NOW)).rows).toBeGreaterThan(total);
  expect(await list.count({ ...few, statuses: ['EXHAUSTED'] }, NOW)).toEqual({ rows: total, isExact: true });
});

it('a count row by row examines 10,000 rows in total, some in each turn', async () => {
  const { result, turns } = await countTurns(list.count(EACH_CODE, NOW));
  expect(result).toEqual({ rows: ROW_BY_ROW, isExact: false });
  expect(turns).toBeGreaterThanOrEqual(TURNS_OF_A_LOOK);
});

it.each<[PromotionSort, string, boolean]>([
  ['CREATED_AT_DESC', 'created_at DESC, tie DESC', false],
  ['CREATED_AT_ASC', 'created_at, tie', false],
  ['EXPIRES_AT_ASC', 'ends_at DESC, tie DESC', true],
  ['REDEEMED_COUNT_DESC', 'redeemed_count, tie', true],
])('a page that is read over many turns equals one query: %s, as %s', async (sort, order, backwards) => {
  const slice = { limit: CODES, backwards };
  const { result, turns } = await countTurns(list.page({ ...EACH_CODE, codePrefix: 'save-1' }, sort, slice, NOW));
  const looked = sqlite
    .prepare<[], { number: number; normalized_code: string }>(
      `SELECT number, normalized_code FROM promotions WHERE kind = 'PromoCode' ORDER BY ${order} LIMIT ${ROW_BY_ROW}`,
    )
    .all();
  const found = looked
    .filter(({ normalized_code }) => normalized_code.startsWith('save-1'))
    .map(({ number }) => number);
  expect(found.length).toBeGreaterThan(1000);
  expect(result.entries.map(({ row }) => row.number)).toEqual(found);
  expect(result.reached?.tie).toBe(looked.at(-1)?.number);
  expect(turns).toBeGreaterThanOrEqual(TURNS_OF_A_LOOK);
});

it('a row that moves in the list while a page is read is shown once, in its place', async () => {
  const page = list.page(EACH_CODE, 'REDEEMED_COUNT_DESC', { limit: CODES, backwards: false }, NOW);
  // By now it has found the first rows, but has not examined all.
  for (let turn = 0; turn < 5; turn += 1) await setImmediate();
  const first = sqlite
    .prepare<[], { number: number; redeemed_count: number }>(
      "SELECT number, redeemed_count FROM promotions WHERE kind = 'PromoCode' ORDER BY redeemed_count DESC, tie DESC LIMIT 1",
    )
    .get();
  sqlite.prepare('UPDATE promotions SET provider_count = 1 WHERE number = ?').run(first?.number);
  const { entries } = await page;
  const numbers = entries.map(({ row }) => row.number);
  const counts = entries.map(({ row }) => row.redeemed_count);
  sqlite.prepare('UPDATE promotions SET provider_count = ? WHERE number = ?').run(first?.redeemed_count, first?.number);
  expect(numbers.filter((number) => number === first?.number)).toHaveLength(1);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(counts).toEqual(counts.toSorted((one, other) => other - one));
});

it('all lists and counts of an operation share one row budget, and each makes progress', async () => {
  const budget = new RowBudget();
  const counts = await Promise.all(Array.from({ length: 30 }, () => list.count(EACH_CODE, NOW, budget)));
  const rows = counts.map((count) => count.rows);
  expect(rows.reduce((sum, one) => sum + one)).toBeLessThanOrEqual(100_000 + 30 * ROWS_IN_A_TURN);
  expect(Math.min(...rows)).toBeGreaterThanOrEqual(ROWS_IN_A_TURN);
  expect(counts.every(({ isExact }) => !isExact)).toBe(true);
  const slice = { limit: CODES, backwards: false };
  const late = await list.page(EACH_CODE, 'CREATED_AT_DESC', slice, NOW, budget);
  expect(late.entries).toHaveLength(ROWS_IN_A_TURN);
  expect(late.reached).toEqual(late.entries.at(-1)?.position);
});

it('failed attempts are read in turns as well', async () => {
  const attempts = new Attempts(engine, turns);
  const common = { address: null, code: 'NONE', reason: 'NOT_FOUND', isCounted: true } as const;
  await engine.transaction(async (db) => {
    for (let at = 0; at < 3000; at += 1) {
      await attempts.add({ ...common, at, caller: at === 0 ? 'other' : 'shop', customerId: 'ann' }, db);
    }
  });
  const filter = { customerId: 'ann', caller: 'other' };
  const page = await countTurns(attempts.page(filter, { limit: 10, backwards: false }));
  expect(page.result).toMatchObject({ entries: [{ row: { at: 0 } }], reached: null });
  expect(page.turns).toBeGreaterThanOrEqual(3000 / ROWS_IN_A_TURN);
  expect(await attempts.count(filter)).toEqual({ rows: 1, isExact: true });
  expect(await attempts.count({ customerId: 'ann', after: 9, before: 20 })).toEqual({ rows: 10, isExact: true });
});

it('rows that are read over many turns are read about once', async () => {
  const attempts = new Attempts(engine, turns);
  const ofAttempts = await countQueries(() => attempts.count({ customerId: 'ann', caller: 'other' }));
  expect(ofAttempts.rows).toBeGreaterThanOrEqual(3000);
  expect(ofAttempts.rows).toBeLessThanOrEqual(2 * 3000);
  const ofCodes = await countQueries(() => list.count(EACH_CODE, NOW));
  expect(ofCodes.rows).toBeLessThanOrEqual(2 * MOST_LOOKED_AT);
});

it('accounts without rows cost a list almost nothing', async () => {
  const unknown = Array.from({ length: 29 }, (_, index) => `acct_${index}`);
  const slice = { limit: 10, backwards: false };
  const queriesFor = async (accounts: string[]) => {
    const filter = { kind: 'PromoCode', accounts, createdAfter: 1 } as const;
    const { result, queries } = await countQueries(async () => ({
      page: await list.page(filter, 'REDEEMED_COUNT_DESC', slice, NOW),
      count: await list.count(filter, NOW),
    }));
    return { queries, entries: result.page.entries.map(({ row }) => row.number), rows: result.count.rows };
  };
  const known = await queriesFor(['default']);
  expect(known.entries).toHaveLength(10);
  expect(await queriesFor(['default', ...unknown])).toEqual(known);
  // Only the look-ups that find no account.
  expect(await queriesFor(unknown)).toEqual({ queries: 2, entries: [], rows: 0 });
});

it('the index scans of an operation count towards its row budget', async () => {
  const budget = new RowBudget();
  const spend = vi.spyOn(budget, 'spend');
  await list.page(EVERY_CODE, 'CREATED_AT_DESC', { limit: 1, backwards: false }, NOW, budget);
  const { scan } = await list.scanOf(EVERY_CODE, 'CREATED_AT_DESC', NOW);
  const spent = spend.mock.calls.reduce((sum, [rows]) => sum + rows, 0);
  expect(spent).toBeGreaterThan(5 * scan.legs.length);
});
