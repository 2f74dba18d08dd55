import { type Kysely, sql, type Transaction } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Tables } from '../../tables.ts';
import * as first from './0001-schema.ts';

/** In order. The name of a released migration never changes. */
const MIGRATIONS = { '0001-schema': first };

/** The oldest server whose SQL this gateway speaks. */
const OLDEST_VERSION = 14;

/** An arbitrary number for the lock that migrating processes take. */
const MIGRATION_LOCK = 7_205_814_366;

/**
 * Brings a database to the current schema. Processes that start together wait for each other.
 * @throws when the server is too old, or a newer version of the gateway has migrated the database
 */
export async function migratePostgres(database: Kysely<Tables>): Promise<void> {
  await refuseOldServer(database);
  await database.transaction().execute(async (transaction) => {
    // A user's settings may limit them. Another process may migrate for longer.
    await sql`SET LOCAL statement_timeout = 0`.execute(transaction);
    await sql`SET LOCAL lock_timeout = 0`.execute(transaction);
    await sql`SELECT pg_advisory_xact_lock(${sql.lit(MIGRATION_LOCK)})`.execute(transaction);
    const done = await migrationsDone(transaction);
    const newer = done.find((name) => !Object.hasOwn(MIGRATIONS, name));
    // This version would misread it.
    if (newer) throw new Error(`the store was written by a newer version of the gateway (${newer})`);
    if (done.length < Object.keys(MIGRATIONS).length) await migrate(transaction);
    await forgetForeignChanges(transaction);
  });
}

async function refuseOldServer(database: Kysely<Tables>): Promise<void> {
  const { rows } = await sql<{ server_version: string }>`SHOW server_version`.execute(database);
  const version = rows[0]?.server_version ?? '';
  if (Number.parseInt(version, 10) >= OLDEST_VERSION) return;
  throw new Error(`the store needs PostgreSQL ${OLDEST_VERSION} or later, and its server is version ${version}`);
}

async function migrationsDone(transaction: Transaction<Tables>): Promise<string[]> {
  const { rows: tables } =
    await sql`SELECT FROM to_regclass('kysely_migration') AS name WHERE name IS NOT NULL`.execute(transaction);
  if (tables.length === 0) return [];
  const { rows } = await sql<{ name: string }>`SELECT name FROM kysely_migration`.execute(transaction);
  return rows.map(({ name }) => name);
}

async function migrate(transaction: Transaction<Tables>): Promise<void> {
  const migrator = new Migrator({ db: transaction, provider: { getMigrations: async () => MIGRATIONS } });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}

/**
 * Deletes changes whose transaction this server has not begun yet: they come from a dump of another server. Readers
 * would take them for the latest changes.
 */
async function forgetForeignChanges(transaction: Transaction<Tables>): Promise<void> {
  await sql`DELETE FROM changes WHERE transaction_id >= pg_snapshot_xmax(pg_current_snapshot())`.execute(transaction);
}
