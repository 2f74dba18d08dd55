import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openPostgres } from '../../../../src/store/engines/postgres.ts';
import { payloadOf } from '../../../support/mutations.ts';
import { createDatabase, type TestDatabase } from '../../../support/postgres/test-database.ts';
import { openShop } from '../../../support/shop.ts';
import { type RunningGateway, startGateway } from '../../../support/start-gateway.ts';

/*
 * "Rolling upgrades" in docs/operations.md: a gateway keeps running while a newer version migrates its database.
 */

/** The code of an error that ends one of the transactions that wait for each other. */
const DEADLOCK = '40P01';

let database: TestDatabase;
let gateway: RunningGateway;
beforeEach(async () => {
  database = await createDatabase();
  gateway = await startGateway({ settings: { DATABASE_URL: database.url } });
});
afterEach(async () => {
  await gateway.stop();
  await database.drop();
});

/** What a migration may do: a new table, and a column with a default and an index for each table that there is. */
async function addToEachTable(newer: pg.Client): Promise<void> {
  const { rows: tables } = await newer.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables
      WHERE table_schema = current_schema AND table_type = 'BASE TABLE' AND table_name NOT LIKE 'kysely%'`,
  );
  expect(tables.length).toBeGreaterThan(10);
  await newer.query('BEGIN');
  await newer.query('CREATE TABLE later_table (id text PRIMARY KEY)');
  for (const { name } of tables) {
    await newer.query(`ALTER TABLE ${name} ADD COLUMN later_column text NOT NULL DEFAULT 'later'`);
    await newer.query(`CREATE INDEX later_index_of_${name} ON ${name} (later_column)`);
  }
  await newer.query("INSERT INTO kysely_migration VALUES ('9999-later', '2999-01-01T00:00:00.000Z')");
  await newer.query('COMMIT');
}

/** Begins again after a deadlock with the running gateway, as a new gateway does when it is started again. */
async function migrateAsNewerVersion(): Promise<void> {
  const newer = new pg.Client({ connectionString: database.url });
  await newer.connect();
  try {
    await addToEachTable(newer);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && error.code === DEADLOCK)) throw error;
    return migrateAsNewerVersion();
  } finally {
    await newer.end();
  }
}

it('a running gateway keeps working while and after a newer version migrates its database', async () => {
  const shop = openShop(gateway);
  await shop.createPromoCode({ code: 'EARLIER' });
  const redeem = async (code: string) =>
    payloadOf(await shop.redeem({ code, customerId: 'ann', order: shop.newOrder() })).redemption.status;
  const held = payloadOf(await shop.hold({ code: 'EARLIER', order: shop.newOrder() })).redemption;
  // Each statement has run on each connection before.
  expect(await Promise.all(Array.from({ length: 20 }, () => redeem('EARLIER')))).toEqual(
    Array.from({ length: 20 }, () => 'REDEEMED'),
  );

  const [, ...during] = await Promise.all([
    migrateAsNewerVersion(),
    ...Array.from({ length: 20 }, () => redeem('EARLIER')),
  ]);
  expect(new Set(during)).toEqual(new Set(['REDEEMED']));

  const confirmed = payloadOf(await shop.confirm(held.id)).redemption;
  expect(confirmed.status).toBe('REDEEMED');
  expect(payloadOf(await shop.cancel(held.id)).redemption.status).toBe('CANCELLED');
  const { id } = await shop.createPromoCode({ code: 'DURING' });
  await shop.update({ id, perCustomerLimit: 2 });
  expect(await redeem('DURING')).toBe('REDEEMED');
  expect(await shop.ledger()).toMatchObject({
    promoCodes: { totalCount: 2 },
    redemptions: { totalCount: 42 },
  });
});

it('a gateway of the version before does not start again on the migrated database', async () => {
  await migrateAsNewerVersion();
  await expect(openPostgres({ url: database.url })).rejects.toThrow(
    'the store was written by a newer version of the gateway (9999-later)',
  );
});
