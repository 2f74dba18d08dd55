import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import { afterAll, expect, it } from 'vitest';
import { promotionId } from '../../src/promo/identity.ts';
import * as first from '../../src/store/migrations/0001-promotions-and-ledger.ts';
import * as second from '../../src/store/migrations/0002-recovery.ts';
import * as fourth from '../../src/store/migrations/0004-webhooks.ts';
import * as fifth from '../../src/store/migrations/0005-sync.ts';
import { openStore } from '../../src/store/store.ts';

const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-migrations-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const OWNER = { provider: 'STRIPE_CONNECT', account: 'acct_one' } as const;
const COUPON = promotionId({ ...OWNER, kind: 'Coupon', providerId: 'coupon' });
const CODE = promotionId({ ...OWNER, kind: 'PromoCode', providerId: 'promo' });

/** A file as the gateway wrote it before lists had a stored status. */
async function writeOldFile(file: string): Promise<void> {
  const sqlite = new Sqlite(file);
  const database = new Kysely<unknown>({ dialect: new SqliteDialect({ database: sqlite }) });
  const migrations = {
    '0001-promotions-and-ledger': first,
    '0002-recovery': second,
    '0004-webhooks': fourth,
    '0005-sync': fifth,
  };
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
  sqlite.close();
}

it('a file of an earlier version keeps what it has, and its lists are right', async () => {
  const file = join(folder, 'old.db');
  await writeOldFile(file);
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
  });
  const page = { limit: 10, backwards: false };
  for (const kind of ['PromoCode', 'Coupon'] as const) {
    const listed = store.promotionList.page({ kind, statuses: ['EXHAUSTED'] }, 'CREATED_AT_DESC', page, 5000);
    expect(listed.entries.map(({ row }) => row.kind)).toEqual([kind]);
  }
  store.close();
});
