import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { afterAll, expect, it } from 'vitest';
import { NORMALIZATION_VERSION } from '../../src/domain/codes/code.ts';
import { promotionId, redemptionId } from '../../src/domain/promotion/identity.ts';
import * as first from '../../src/store/migrations/0001-promotions-and-ledger.ts';
import * as second from '../../src/store/migrations/0002-recovery.ts';
import * as fourth from '../../src/store/migrations/0004-webhooks.ts';
import * as fifth from '../../src/store/migrations/0005-sync.ts';
import * as sixth from '../../src/store/migrations/0006-lists.ts';
import * as seventh from '../../src/store/migrations/0007-changes.ts';
import * as eighth from '../../src/store/migrations/0008-attempts.ts';
import { ledgerLines } from '../../src/store/sqlite/snapshot.ts';
import { openStore } from '../../src/store/store.ts';
import { EVERYTHING, readNow } from './store-parts.ts';

const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-migrations-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const OWNER = { provider: 'STRIPE_CONNECT', account: 'acct_one' } as const;
const COUPON = promotionId({ ...OWNER, kind: 'Coupon', providerId: 'coupon' });
const CODE = promotionId({ ...OWNER, kind: 'PromoCode', providerId: 'promo' });

const BEFORE_LISTS = {
  '0001-promotions-and-ledger': first,
  '0002-recovery': second,
  '0004-webhooks': fourth,
  '0005-sync': fifth,
};
const BEFORE_OWNERSHIP = {
  ...BEFORE_LISTS,
  '0006-lists': sixth,
  '0007-changes': seventh,
  '0008-attempts': eighth,
};

/** Codes that an earlier version normalized differently. */
const ODD_CODES = ['SUMMER–50', 'STRAẞE', 'MAY\u00ad5', 'МАРТ'];

/** A file with a coupon and its promo code, as an earlier version of the gateway wrote it. */
async function writeOldFile(file: string, migrations: Record<string, Migration>): Promise<Sqlite.Database> {
  const sqlite = new Sqlite(file);
  const database = new Kysely<unknown>({ dialect: new SqliteDialect({ database: sqlite }) });
  const { error } = await new Migrator({
    db: database,
    provider: { getMigrations: async () => migrations },
  }).migrateToLatest();
  expect(error).toBeUndefined();
  const insert = sqlite.prepare(
    `INSERT INTO promotions (id, kind, provider, account, provider_id, code, code_key, coupon_id, percentage, duration_kind,
      provider_active, provider_max, provider_first_transaction, rule_max, created_at, as_of, read_sequence, due_sequence,
      provider_count, uncounted, held)
      VALUES (?, ?, 'STRIPE_CONNECT', 'acct_one', ?, ?, ?, ?, '12.5', 'ONCE', 1, ?, 0, 7, 1000, 2000, 3, 4, 2, 3, 1)`,
  );
  insert.run(COUPON, 'Coupon', 'coupon', null, null, null, 5);
  insert.run(CODE, 'PromoCode', 'promo', 'Save', 'SAVE', COUPON, null);
  return sqlite;
}

/** The same file with {@link ODD_CODES}, and a pending creation of another code. */
async function writeOddCodes(file: string): Promise<void> {
  const sqlite = await writeOldFile(file, BEFORE_LISTS);
  const insert = sqlite.prepare(
    `INSERT INTO promotions (id, kind, provider, account, provider_id, code, code_key, coupon_id, percentage, duration_kind,
      provider_active, provider_first_transaction, created_at, as_of, read_sequence, provider_count)
      VALUES (?, 'PromoCode', 'STRIPE_CONNECT', 'acct_one', ?, ?, ?, ?, '12.5', 'ONCE', 1, 0, 1000, 2000, 3, 2)`,
  );
  for (const code of ODD_CODES) {
    insert.run(promotionId({ ...OWNER, kind: 'PromoCode', providerId: code }), code, code, code.toLowerCase(), COUPON);
  }
  sqlite
    .prepare(
      `INSERT INTO intents (id, provider, account, operation, caller, idempotency_key, code, code_key, sent_at, created_at)
        VALUES ('intent', 'STRIPE_CONNECT', 'acct_one', 'createPromoCode', 'shop', 'key', 'Autumn–5', 'autumn–5', 1000, 1000)`,
    )
    .run();
  sqlite.close();
}

it('a file of an earlier version keeps its rows, and its lists are correct', async () => {
  const file = join(folder, 'old.db');
  (await writeOldFile(file, BEFORE_LISTS)).close();
  const store = await openStore(file);
  expect(store.promotions.get(CODE, 5000)).toMatchObject({
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
  store.close();
});

it('the redemptions of an earlier file are sorted by redemption time', async () => {
  const file = join(folder, 'times.db');
  const sqlite = await writeOldFile(file, BEFORE_OWNERSHIP);
  const use = sqlite.prepare(
    `INSERT INTO redemptions (ledger_key, status, promotion_id, caller, created_at, redeemed_at) VALUES (?, ?, ?, 'shop', ?, ?)`,
  );
  use.run('early', 'REDEEMED', CODE, 10, 40);
  use.run('held', 'HELD', CODE, 30, null);
  use.run('late', 'REDEEMED', CODE, 20, 30);
  sqlite.close();
  const store = await openStore(file);
  const uses = await store.redemptionList.page({}, { limit: 10, backwards: false }, 'REDEEMED_AT_DESC');
  expect(uses.entries.map(({ row }) => row.ledger_id)).toEqual(['early', 'late', 'held']);
  store.close();
});

it('the ledger of an earlier file can be exported before and after a gateway has opened it', async () => {
  const file = join(folder, 'export.db');
  const sqlite = await writeOldFile(file, BEFORE_OWNERSHIP);
  sqlite
    .prepare(
      `INSERT INTO redemptions (ledger_key, status, promotion_id, caller, created_at) VALUES ('use', 'REDEEMED', ?, 'shop', 10)`,
    )
    .run(CODE);
  sqlite.close();
  const exportedIds = () => [...ledgerLines(file, {})].map(({ ledger_id }) => ledger_id);
  expect(exportedIds()).toEqual(['use']);
  (await openStore(file)).close();
  expect(exportedIds()).toEqual(['use']);
});

it('indexes and triggers of an earlier file use the new column names', async () => {
  const file = join(folder, 'names.db');
  (await writeOldFile(file, BEFORE_LISTS)).close();
  (await openStore(file)).close();
  const sqlite = new Sqlite(file, { readonly: true });
  const statements = sqlite.prepare<[], string>('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL').pluck().all();
  sqlite.close();
  expect(statements.filter((statement) => /code_key|name_key|ledger_key/.test(statement))).toEqual([]);
  expect(statements.filter((statement) => /normalized_code/.test(statement)).length).toBeGreaterThan(3);
});

it('a use at the provider that several redemptions own in an earlier file stays with the oldest redeemed one', async () => {
  const file = join(folder, 'owners.db');
  const sqlite = await writeOldFile(file, BEFORE_OWNERSHIP);
  const insert = sqlite.prepare(
    `INSERT INTO redemptions (ledger_key, status, promotion_id, coupon_id, caller, order_id, subscription_id,
      provider_use_id, counted_sequence, created_at, redeemed_at)
      VALUES (?, ?, ?, ?, 'shop', ?, 'sub', ?, 1, 1000, 1000)`,
  );
  insert.run('gone', 'CANCELLED', CODE, COUPON, 'o1', 'use');
  insert.run('owner', 'REDEEMED', CODE, COUPON, 'o2', 'use');
  insert.run('rival', 'REDEEMED', CODE, COUPON, 'o3', 'use');
  insert.run('other', 'REDEEMED', CODE, COUPON, 'o4', 'another');
  insert.run('stray', 'REDEEMED', 'of no promotion', null, 'o5', 'use');
  sqlite.close();
  const store = await openStore(file);
  const ownUse = (ledgerId: string) => store.redemptions.get(redemptionId(ledgerId))?.providerUseId;
  expect(['gone', 'owner', 'rival', 'other', 'stray'].map(ownUse)).toEqual([null, 'use', null, 'another', 'use']);
  store.close();
  const after = new Sqlite(file, { readonly: true });
  const disputed = after.prepare(
    'SELECT ledger_id, disputed_use_id FROM redemptions WHERE disputed_use_id IS NOT NULL',
  );
  expect(disputed.all()).toEqual([
    { ledger_id: 'gone', disputed_use_id: 'use' },
    { ledger_id: 'rival', disputed_use_id: 'use' },
  ]);
  after.close();
});

it('holds in an earlier file end at most 15 minutes after their code or coupon', async () => {
  const file = join(folder, 'holds.db');
  const sqlite = await writeOldFile(file, BEFORE_OWNERSHIP);
  sqlite.prepare('UPDATE promotions SET provider_expires_at = ? WHERE id = ?').run(10_000, COUPON);
  const insert = sqlite.prepare(
    `INSERT INTO redemptions (ledger_key, status, promotion_id, coupon_id, caller, held_until, created_at)
      VALUES (?, 'HELD', ?, ?, 'shop', ?, 1000)`,
  );
  insert.run('long', CODE, COUPON, 9_000_000);
  insert.run('short', CODE, COUPON, 20_000);
  insert.run('of the coupon', COUPON, null, 9_000_000);
  insert.run('being applied', CODE, COUPON, null);
  insert.run('stray', 'of no promotion', null, 9_000_000);
  sqlite.close();
  const store = await openStore(file);
  const heldUntil = (ledgerId: string) => store.redemptions.get(redemptionId(ledgerId))?.heldUntil;
  const ends = ['long', 'short', 'of the coupon', 'being applied', 'stray'].map(heldUntil);
  expect(ends).toEqual([910_000, 20_000, 910_000, null, 9_000_000]);
  store.close();
});

it('migration stores the normalized form of each code, also of pending creations', async () => {
  const file = join(folder, 'codes.db');
  await writeOddCodes(file);
  const store = await openStore(file);
  const found = (code: string) => store.promotions.findByCode(code, {}, 5000).map((promoCode) => promoCode.code);
  expect(['save', 'summer-50', 'strasse', 'may5', 'март'].map(found)).toEqual([
    ['Save'],
    ...ODD_CODES.map((code) => [code]),
  ]);
  expect(store.promotions.findLookAlikes('mapt', {}, 5000)).toMatchObject([{ code: 'МАРТ' }]);
  const rival = { ...OWNER, call: { caller: 'other', key: 'other' } };
  expect(store.pendingWrites.isCodeBeingCreated('AUTUMN-5', rival, 5000)).toBe(true);
  store.close();
});

it('normalized codes are computed again when another version of the function made them, and only then', async () => {
  const file = join(folder, 'renewed.db');
  await writeOddCodes(file);
  (await openStore(file)).close();
  const sqlite = new Sqlite(file);
  const normalizedCodes = () =>
    sqlite.prepare('SELECT normalized_code FROM promotions WHERE code = ?').pluck().all('SUMMER–50');
  for (const [version, expected] of [
    [NORMALIZATION_VERSION, 'other'],
    ['1/unicode-1.0', 'summer-50'],
  ]) {
    sqlite.prepare('UPDATE code_normalization SET version = ?').run(version);
    sqlite.prepare("UPDATE promotions SET normalized_code = 'other'").run();
    (await openStore(file)).close();
    expect(normalizedCodes()).toEqual([expected]);
  }
  sqlite.close();
});

it('a file of an earlier version keeps its pending writes and the record of what the gateway created', async () => {
  const file = join(folder, 'doubt.db');
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
  expect(store.pendingWrites.all()).toMatchObject([{ id: 'change', request: { id: COUPON, change: { name: 'New' } } }]);
  // That version did not record later changes, so there may have been one.
  expect(store.pendingWrites.hasLaterChange('change')).toBe(true);
  expect(store.idempotencyKeys.state(call, 5000)).toEqual({ kind: 'UNUSED' });
  expect(store.idempotencyKeys.state({ ...call, inputHash: 'other' }, 5000)).toEqual({ kind: 'CONFLICT' });
  expect(store.idempotencyKeys.takeOver(call, 10_000, 5000)).toMatchObject({ key: 'key', token: expect.any(Number) });
  expect([store.createdHere.has(COUPON), store.createdHere.has(CODE)]).toEqual([true, false]);
  store.close();
});

it('a change of the products of a coupon reaches listeners', async () => {
  const store = await openStore(join(folder, 'products.db'));
  const facts = {
    kind: 'Coupon',
    providerId: 'coupon',
    name: null,
    discount: { kind: 'PROVIDER_DEFINED' },
    duration: { kind: 'ONCE' },
    active: true,
    maxRedemptions: null,
    redeemedCount: 0,
    startsAt: null,
    expiresAt: null,
    createdAt: 0,
    metadata: null,
  } as const;
  const read = () => readNow(store.promotions, 0);
  store.promotions.save(OWNER, { ...facts, productIds: ['prod_1'] }, read());
  const since = store.changes.latest();
  store.promotions.save(OWNER, facts, read());
  expect(store.promotions.get(COUPON, 0)).toMatchObject({ productIds: ['prod_1'], discount: facts.discount });
  expect(store.changes.latest()).toBe(since);
  store.promotions.save(OWNER, { ...facts, productIds: null }, read());
  expect(store.promotions.get(COUPON, 0)).toMatchObject({ productIds: null });
  expect(store.changes.latest()).toBeGreaterThan(since);
  store.close();
});
