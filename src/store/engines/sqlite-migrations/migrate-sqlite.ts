import type Sqlite from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import * as first from './0001-promotions-and-ledger.ts';
import * as second from './0002-recovery.ts';
import * as fourth from './0004-webhooks.ts';
import * as fifth from './0005-sync.ts';
import * as sixth from './0006-lists.ts';
import * as seventh from './0007-changes.ts';
import * as eighth from './0008-attempts.ts';
import * as ninth from './0009-count-evidence.ts';
import * as tenth from './0010-normalized-codes.ts';
import * as eleventh from './0011-ownership.ts';
import * as twelfth from './0012-fencing.ts';
import * as thirteenth from './0013-products-and-scripts.ts';
import * as fourteenth from './0014-redemption-times.ts';
import * as fifteenth from './0015-open-holds.ts';
import * as sixteenth from './0016-column-names.ts';
import * as seventeenth from './0017-next-release.ts';
import * as eighteenth from './0018-hidden-changes.ts';
import * as nineteenth from './0019-typed-codes.ts';
import * as twentieth from './0020-refusals.ts';
import * as twentyFirst from './0021-promotion-history.ts';
import * as twentySecond from './0022-forgotten-customers.ts';
import * as twentyThird from './0023-currency-options.ts';
import * as twentyFourth from './0024-events-about-promotions.ts';

/** In order. The name of a released migration never changes. */
const MIGRATIONS = {
  '0001-promotions-and-ledger': first,
  '0002-recovery': second,
  '0004-webhooks': fourth,
  '0005-sync': fifth,
  '0006-lists': sixth,
  '0007-changes': seventh,
  '0008-attempts': eighth,
  '0009-count-evidence': ninth,
  '0010-normalized-codes': tenth,
  '0011-ownership': eleventh,
  '0012-fencing': twelfth,
  '0013-products-and-scripts': thirteenth,
  '0014-redemption-times': fourteenth,
  '0015-open-holds': fifteenth,
  '0016-column-names': sixteenth,
  '0017-next-release': seventeenth,
  '0018-hidden-changes': eighteenth,
  '0019-typed-codes': nineteenth,
  '0020-refusals': twentieth,
  '0021-promotion-history': twentyFirst,
  '0022-forgotten-customers': twentySecond,
  '0023-currency-options': twentyThird,
  '0024-events-about-promotions': twentyFourth,
};

/**
 * Runs the migrations that the file has not had. Holds the write lock, because Kysely takes none on SQLite: two starting
 * processes would run a migration twice.
 * @throws when the file cannot be written, or a newer version of the gateway has migrated it
 */
export async function migrateSqlite(sqlite: Sqlite.Database): Promise<void> {
  sqlite.exec('BEGIN IMMEDIATE');
  try {
    refuseNewer(sqlite);
    const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: sqlite }) });
    const { error } = await new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } }).migrateToLatest();
    if (error) throw error;
    // A read-only file allows the transaction to begin, but fails here.
    sqlite.exec('UPDATE sequence SET value = value');
    sqlite.exec('COMMIT');
  } catch (error) {
    // After an error such as a full disk, SQLite has already rolled back the transaction.
    if (sqlite.inTransaction) sqlite.exec('ROLLBACK');
    throw error;
  }
}

/** @throws when a newer version of the gateway has migrated the file, because this one would misread it */
function refuseNewer(sqlite: Sqlite.Database): void {
  if (!sqlite.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'kysely_migration'").get()) return;
  const done = sqlite.prepare<[], { name: string }>('SELECT name FROM kysely_migration').all();
  const newer = done.find(({ name }) => !Object.hasOwn(MIGRATIONS, name));
  if (newer) throw new Error(`the store was written by a newer version of the gateway (${newer.name})`);
}
