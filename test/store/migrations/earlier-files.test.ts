import Sqlite from 'better-sqlite3';
import { expect, it } from 'vitest';
import { openStore } from '../../../src/store/store.ts';
import { EVERYTHING } from '../store-parts.ts';
import { BEFORE_LISTS, CODE, COUPON, newFile, writeOldFile } from './old-files.ts';

it('a file of an earlier version keeps its rows, and its lists are correct', async () => {
  const file = newFile();
  (await writeOldFile(file, BEFORE_LISTS)).close();
  const store = await openStore(file);
  expect(await store.promotions.get(CODE, 5000)).toMatchObject({
    code: 'Save',
    couponId: COUPON,
    discount: { kind: 'PERCENTAGE', percentage: '12.5' },
    status: 'EXHAUSTED',
    maxRedemptions: 7,
    redeemedCount: 5,
    heldCount: 1,
    createdAt: 1000,
    asOf: 2000,
    isDue: true,
    productIds: null,
  });
  const page = { limit: 10, backwards: false };
  for (const kind of ['PromoCode', 'Coupon'] as const) {
    const listed = await store.promotionList.page({ kind, statuses: ['EXHAUSTED'] }, 'CREATED_AT_DESC', page, 5000);
    expect(listed.entries.map(({ row }) => row.kind)).toEqual([kind]);
  }
  await store.close();
});

it('indexes and triggers of an earlier file use the new column names', async () => {
  const file = newFile();
  (await writeOldFile(file, BEFORE_LISTS)).close();
  await (await openStore(file)).close();
  const sqlite = new Sqlite(file, { readonly: true });
  const statements = sqlite.prepare<[], string>('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL').pluck().all();
  sqlite.close();
  expect(statements.filter((statement) => /code_key|name_key|ledger_key/.test(statement))).toEqual([]);
  expect(statements.filter((statement) => /normalized_code/.test(statement)).length).toBeGreaterThan(3);
});

it('a file of an earlier version keeps its pending writes and the record of what the gateway created', async () => {
  const file = newFile();
  const sqlite = await writeOldFile(file, BEFORE_LISTS);
  const owner = `'caller', 'key', 'STRIPE_CONNECT'`;
  sqlite.exec(`INSERT INTO idempotency_keys (caller, key, provider, mutation, input_hash, result_id, leased_until, created_at)
    VALUES (${owner}, 'updateCoupon', 'hash', NULL, 1000, 1000),
      ('caller', 'made', 'STRIPE_CONNECT', 'createCoupon', 'hash', '${COUPON}', 1000, 1000)`);
  const request = JSON.stringify({ operation: 'updateCoupon', id: COUPON, change: { name: 'New' } });
  sqlite
    .prepare(
      `INSERT INTO intents (caller, idempotency_key, provider, id, account, operation, sent_at, in_doubt, request, recover_at,
        created_at) VALUES (${owner}, 'change', 'acct_one', 'updateCoupon', 1000, 1, ?, 1000, 1000)`,
    )
    .run(request);
  sqlite.close();
  const store = await openStore(file);
  const call = { caller: 'caller', key: 'key', mutation: 'updateCoupon', inputHash: 'hash', ...EVERYTHING };
  expect(await store.pendingWrites.all()).toMatchObject([
    { id: 'change', request: { id: COUPON, change: { name: 'New' } } },
  ]);
  // That version did not record later changes, so there may have been one.
  expect(await store.pendingWrites.hasLaterChange('change')).toBe(true);
  expect(await store.idempotencyKeys.state(call, 5000)).toEqual({ kind: 'UNUSED' });
  expect(await store.idempotencyKeys.state({ ...call, inputHash: 'other' }, 5000)).toEqual({ kind: 'CONFLICT' });
  expect(await store.idempotencyKeys.takeOver(call, () => 5000)).toMatchObject({
    key: 'key',
    token: expect.any(Number),
  });
  expect([await store.createdHere.has(COUPON), await store.createdHere.has(CODE)]).toEqual([true, false]);
  await store.close();
});
