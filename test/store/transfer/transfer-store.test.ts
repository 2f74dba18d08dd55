import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type StoreAddress, storeAddress } from '../../../src/store/engines/address.ts';
import type { Db, Engine } from '../../../src/store/engines/engine.ts';
import { openEngine } from '../../../src/store/engines/open-engine.ts';
import { COPIED, type CopiedName } from '../../../src/store/transfer/copied-tables.ts';
import { transferStore } from '../../../src/store/transfer/transfer-store.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres/test-database.ts';
import { insertEverywhere } from './filled-store.ts';

let folder: string;
let database: TestDatabase;
let other: TestDatabase;
let server: StoreAddress;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'promo-gateway-transfer-'));
  [database, other] = await Promise.all([createDatabase(), createDatabase()]);
  server = storeAddress({ url: database.url });
});
afterEach(async () => {
  await Promise.all([database.drop(), other.drop()]);
  rmSync(folder, { recursive: true });
});

const file = (name: string): StoreAddress => ({ file: join(folder, name) });

/** Opens a store for some work, and closes it. */
async function within<Result>(address: StoreAddress, work: (engine: Engine) => Promise<Result>): Promise<Result> {
  const engine = await openEngine(address);
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}

const TABLES = Object.keys(COPIED).filter((name): name is CopiedName => name in COPIED);

/** All rows of all copied tables, with the columns that the database generates. */
function contents(address: StoreAddress): Promise<Record<string, unknown[]>> {
  return within(address, async ({ reads }) => {
    const tables = TABLES.map(async (name) => [name, await allRows(reads, name)] as const);
    return Object.fromEntries(await Promise.all(tables));
  });
}

async function allRows(db: Db, name: CopiedName): Promise<unknown[]> {
  const key = COPIED[name].key.map((column) => sql.ref(column));
  const { rows } = await sql<
    Record<string, unknown>
  >`select * from ${sql.table(name)} order by ${sql.join(key)}`.execute(db);
  return rows.map((row) => Object.fromEntries(Object.entries(row).sort(([one], [other]) => one.localeCompare(other))));
}

/** The indexes and triggers of a store, as its database describes them. */
function indexesAndTriggers(address: StoreAddress): Promise<unknown[]> {
  const parts =
    'file' in address
      ? sql`select name, sql from sqlite_schema where type in ('index', 'trigger') order by name`
      : sql`select indexname::text as name, indexdef as sql, '' as enabled from pg_indexes where schemaname = current_schema
          union all select tgname::text, pg_get_triggerdef(oid), tgenabled::text from pg_trigger where not tgisinternal
          order by name`;
  return within(address, async ({ reads }) => (await parts.execute(reads)).rows);
}

/** Two uses of a code for one order, in a store that has lost its index against that. */
async function insertSecondUseOfOrder(engine: Engine): Promise<void> {
  await engine.transaction(async (db) => {
    await sql`drop index redemptions_by_order`.execute(db);
    for (const id of ['twice-1', 'twice-2']) {
      await sql`insert into redemptions (ledger_id, status, promotion_id, caller, order_id, created_at)
        values (${id}, 'REDEEMED', 'promotion', 'shop', 'order', 1)`.execute(db);
    }
  });
}

describe('a transferred store', { timeout: 60_000 }, () => {
  beforeEach(() => within(file('first.db'), (engine) => insertEverywhere(engine)));

  it('has every row of every table, from a file to a server and back to a file', async () => {
    const before = await contents(file('first.db'));
    expect(Object.entries(before).filter(([, rows]) => rows.length < 2)).toEqual([]);
    const rows = await transferStore(file('first.db'), server);
    expect(Object.fromEntries(rows)).toEqual(
      Object.fromEntries(Object.entries(before).map(([name, { length }]) => [name, length])),
    );
    expect(await contents(server)).toEqual(before);
    await transferStore(server, file('second.db'));
    expect(await contents(file('second.db'))).toEqual(before);
    expect(await contents(file('first.db'))).toEqual(before);
  });

  it('has the indexes and triggers of a new store', async () => {
    const ofServer = await indexesAndTriggers(server);
    expect(ofServer.length).toBeGreaterThan(40);
    await transferStore(file('first.db'), server);
    expect(await indexesAndTriggers(server)).toEqual(ofServer);
    await transferStore(server, file('second.db'));
    expect(await indexesAndTriggers(file('second.db'))).toEqual(await indexesAndTriggers(file('new.db')));
  });

  it('continues its numbers, and has no changes to report', async () => {
    const latest = await within(file('first.db'), ({ reads, dialect }) => dialect.latestNumber(reads));
    expect(latest).toBeGreaterThan(1);
    for (const [from, to] of [
      [file('first.db'), server],
      [server, file('second.db')],
    ] as const) {
      await transferStore(from, to);
      await within(to, async (engine) => {
        const { reads, dialect } = engine;
        expect(await dialect.latestNumber(reads)).toBe(latest);
        expect(await reads.selectFrom('changes').selectAll().execute()).toEqual([]);
      });
    }
    for (const address of [server, file('second.db')]) {
      await within(address, async (engine) => {
        expect(await engine.transaction((db) => engine.dialect.nextNumbers(db, 2))).toEqual([latest + 1, latest + 2]);
        const last = (await allRows(engine.reads, 'attempts')).length;
        const attempt = { at: 1, caller: 'shop', code: 'X', reason: 'NOT_FOUND' } as const;
        const added = engine.transaction((db) =>
          db.insertInto('attempts').values(attempt).returning('number').executeTakeFirstOrThrow(),
        );
        expect((await added).number).toBeGreaterThan(last);
      });
    }
  });

  it('reports its progress, and the largest table in several pages', async () => {
    const seen: string[] = [];
    await transferStore(file('first.db'), server, ({ table, phase, rows, total }) => {
      if (table === 'attempts') seen.push(`${phase} ${rows} of ${total}`);
    });
    expect(seen).toEqual(['COPY 500 of 1100', 'COPY 1000 of 1100', 'COPY 1100 of 1100', 'VERIFY 1100 of 1100']);
  });

  it('is not made from a store that a gateway has open, nor into one', async () => {
    await within(file('first.db'), async ({ reads }) => {
      await reads.selectFrom('attempts').select('number').limit(1).execute();
      await expect(transferStore(file('first.db'), server)).rejects.toThrow(/first\.db open: stop it first$/);
    });
    await within(server, async ({ reads }) => {
      await reads.selectFrom('attempts').select('number').execute();
      await expect(transferStore(file('first.db'), server)).rejects.toThrow(/^a gateway has postgres:.* open/);
    });
    await transferStore(file('first.db'), server);
  });

  it('replaces nothing: a store with rows is refused and unchanged', async () => {
    await transferStore(file('first.db'), server);
    const before = await contents(server);
    await expect(transferStore(file('first.db'), server)).rejects.toThrow(/ is not empty: it has rows in promotions, /);
    expect(await contents(server)).toEqual(before);
    await expect(transferStore(server, file('first.db'))).rejects.toThrow(/first\.db is not empty/);
  });

  it('is empty after a row that the target refuses, and can be filled then', async () => {
    await within(server, async (engine) => {
      await engine.transaction((db) => sql`alter table attempts add constraint late check (number < 1000)`.execute(db));
    });
    await expect(transferStore(file('first.db'), server)).rejects.toThrow('late');
    expect(Object.values(await contents(server)).flat()).toEqual([]);
    await within(server, async (engine) => {
      await engine.transaction((db) => sql`alter table attempts drop constraint late`.execute(db));
    });
    await transferStore(file('first.db'), server);
  });

  it('is empty after rows that a unique index of the target refuses, and keeps that index', async () => {
    await transferStore(file('first.db'), server);
    for (const [from, to] of [
      [file('first.db'), storeAddress({ url: other.url })],
      [server, file('second.db')],
    ] as const) {
      const parts = await indexesAndTriggers(to);
      await within(from, insertSecondUseOfOrder);
      await expect(transferStore(from, to)).rejects.toThrow(/redemptions_by_order|UNIQUE constraint failed/);
      expect(Object.values(await contents(to)).flat()).toEqual([]);
      expect(await indexesAndTriggers(to)).toEqual(parts);
    }
  });

  it('is refused if a trigger of the target changes what is copied', async () => {
    await within(server, async (engine) => {
      await engine.transaction(async (db) => {
        await sql`create function spoil() returns trigger language plpgsql as $$ begin new.points = new.points + 1; return new; end $$`.execute(
          db,
        );
        await sql`create trigger spoil before insert on attempt_limits for each row execute function spoil()`.execute(
          db,
        );
      });
    });
    await expect(transferStore(file('first.db'), server)).rejects.toThrow('the copy of attempt_limits is not the same');
    expect(Object.values(await contents(server)).flat()).toEqual([]);
  });
});

it('a store that does not exist is not created by a transfer from it', async () => {
  const bare = await createDatabase('bare');
  try {
    for (const from of [file('none.db'), storeAddress({ url: bare.url })]) {
      for (const _ of [1, 2]) await expect(transferStore(from, server)).rejects.toThrow(/^There is no store at /);
    }
  } finally {
    await bare.drop();
  }
});
