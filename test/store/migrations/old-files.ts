import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { expect, onTestFinished } from 'vitest';
import { promotionId } from '../../../src/domain/promotion/identity.ts';
import * as first from '../../../src/store/engines/sqlite-migrations/0001-promotions-and-ledger.ts';
import * as second from '../../../src/store/engines/sqlite-migrations/0002-recovery.ts';
import * as fourth from '../../../src/store/engines/sqlite-migrations/0004-webhooks.ts';
import * as fifth from '../../../src/store/engines/sqlite-migrations/0005-sync.ts';
import * as sixth from '../../../src/store/engines/sqlite-migrations/0006-lists.ts';
import * as seventh from '../../../src/store/engines/sqlite-migrations/0007-changes.ts';
import * as eighth from '../../../src/store/engines/sqlite-migrations/0008-attempts.ts';

export const OWNER = { provider: 'STRIPE_CONNECT', account: 'acct_one' } as const;
export const COUPON = promotionId({ ...OWNER, kind: 'Coupon', providerId: 'coupon' });
export const CODE = promotionId({ ...OWNER, kind: 'PromoCode', providerId: 'promo' });

export const BEFORE_LISTS = {
  '0001-promotions-and-ledger': first,
  '0002-recovery': second,
  '0004-webhooks': fourth,
  '0005-sync': fifth,
};
export const BEFORE_OWNERSHIP = {
  ...BEFORE_LISTS,
  '0006-lists': sixth,
  '0007-changes': seventh,
  '0008-attempts': eighth,
};

/** Codes that an earlier version normalized differently. */
export const ODD_CODES = ['SUMMER–50', 'STRAẞE', 'MAY\u00ad5', 'МАРТ'];

/** A path for a new store. Its folder is removed when the test has finished. */
export function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-migrations-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'gateway.db');
}

/** A file with a coupon and its promo code, as an earlier version of the gateway wrote it. */
export async function writeOldFile(file: string, migrations: Record<string, Migration>): Promise<Sqlite.Database> {
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
export async function writeOddCodes(file: string): Promise<void> {
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
