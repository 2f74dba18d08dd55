import { setImmediate } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Db, Engine } from '../../../../src/store/engines/engine.ts';
import {
  type ChangePosition,
  changesAfter,
  deleteOldChanges,
  latestPosition,
} from '../../../../src/store/engines/postgres/postgres-changes.ts';
import { openPostgres } from '../../../../src/store/engines/postgres.ts';
import { createDatabase, type TestDatabase } from '../../../support/postgres/test-database.ts';
import { addUse } from './uses.ts';

let database: TestDatabase;
let engine: Engine;
let position: ChangePosition;
beforeEach(async () => {
  database = await createDatabase();
  engine = await openPostgres({ url: database.url });
  position = await latestPosition(engine.reads);
});
afterEach(async () => {
  await engine.close();
  await database.drop();
});

/** A transaction that stays open until the returned function is called. */
async function openTransaction(work: (db: Db) => Promise<void>): Promise<() => Promise<void>> {
  const [worked, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const transaction = engine.transaction(async (db) => {
    await work(db);
    worked.resolve();
    await end.promise;
  });
  await worked.promise;
  return () => {
    end.resolve();
    return transaction;
  };
}

interface Read {
  uses: (string | null)[];
  hasMore: boolean;
  hasLost: boolean;
}

/** Reads on from the last position. */
async function read(limit = 100): Promise<Read> {
  const { changes, position: next, ...state } = await changesAfter(engine.reads, position, limit);
  position = next;
  return { uses: changes.map(({ ledger_id }) => ledger_id), ...state };
}

/**
 * Reads on until there is a change. Transactions of other test files delay changes, because they use other databases of
 * the same server.
 */
async function readNext(limit?: number): Promise<Read> {
  for (;;) {
    const found = await read(limit);
    if (found.uses.length > 0 || !found.hasMore) return found;
    await setImmediate();
  }
}

/** Reads on until there are no more changes. */
async function readAll(limit?: number): Promise<(string | null)[]> {
  const { uses, hasMore } = await readNext(limit);
  return hasMore ? [...uses, ...(await readAll(limit))] : uses;
}

const NOTHING = { uses: [], hasMore: false, hasLost: false };

describe('a reader of changes', () => {
  it('gets each change once, in pages', async () => {
    for (const id of ['a', 'b', 'c']) await engine.transaction((db) => addUse(db, id));
    const first = await readNext(2);
    expect(first.uses.length).toBeLessThanOrEqual(2);
    expect(first).toMatchObject({ hasMore: true, hasLost: false });
    expect([...first.uses, ...(await readAll(2))]).toEqual(['a', 'b', 'c']);
    expect(await read(2)).toEqual(NOTHING);
  });

  it('begins behind the changes that were made before', async () => {
    await engine.transaction((db) => addUse(db, 'before'));
    await readAll();
    position = await latestPosition(engine.reads);
    await engine.transaction((db) => addUse(db, 'after'));
    expect(await readAll()).toEqual(['after']);
  });

  it('misses no transaction that commits late', async () => {
    const commit = await openTransaction((db) => addUse(db, 'late'));
    await engine.transaction((db) => addUse(db, 'early'));
    // The early change has the higher number. A reader that took it would be past the late one.
    expect(await read()).toEqual({ uses: [], hasMore: true, hasLost: false });
    await commit();
    expect(await readAll()).toEqual(['late', 'early']);
  });

  it('misses no transaction that commits late and has drawn its number late', async () => {
    const { promise: go, resolve: proceed } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const late = engine.transaction(async (db) => {
      await db.insertInto('attempt_limits').values({ key: 'key', points: 1, expire: null }).execute();
      begin();
      await go;
      await addUse(db, 'late');
    });
    await begun;
    await engine.transaction((db) => addUse(db, 'early'));
    expect((await read()).uses).toEqual([]);
    proceed();
    await late;
    expect(await readAll()).toEqual(['late', 'early']);
  });

  it('learns that changes wait behind a transaction that makes none itself', async () => {
    const commit = await openTransaction(async (db) => {
      await db.insertInto('attempt_limits').values({ key: 'key', points: 1, expire: null }).execute();
    });
    await engine.transaction((db) => addUse(db, 'early'));
    expect(await read()).toEqual({ uses: [], hasMore: true, hasLost: false });
    await commit();
    expect(await readAll()).toEqual(['early']);
  });

  it('sees nothing of a transaction that is rolled back', async () => {
    const failing = engine.transaction(async (db) => {
      await addUse(db, 'never');
      throw new Error('The work fails');
    });
    await expect(failing).rejects.toThrow('The work fails');
    expect(await read()).toEqual(NOTHING);
  });

  it('learns that it has lost changes only if it lags behind those that are kept', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await engine.transaction((db) => addUse(db, id));
    expect((await readNext(1)).uses).toEqual(['a']);
    await engine.transaction((db) => deleteOldChanges(db, 4));
    expect(await readNext(1)).toEqual({ uses: ['b'], hasMore: true, hasLost: false });
    await engine.transaction((db) => deleteOldChanges(db, 1));
    const { uses, hasLost } = await read();
    expect(hasLost).toBe(true);
    expect([...uses, ...(await readAll())]).toEqual(['d']);
    expect(await read()).toEqual(NOTHING);
  });

  it('learns of a loss once, also while the changes behind it wait for a transaction', async () => {
    await engine.transaction((db) => addUse(db, 'a'));
    await readAll();
    const commit = await openTransaction((db) => addUse(db, 'late'));
    for (const id of ['b', 'c']) await engine.transaction((db) => addUse(db, id));
    await engine.transaction((db) => deleteOldChanges(db, 1));
    expect(await read()).toEqual({ uses: [], hasMore: true, hasLost: true });
    expect(await read()).toEqual({ uses: [], hasMore: true, hasLost: false });
    await commit();
    expect(await readAll()).toEqual(['late', 'c']);
  });

  it('gets new changes although the database was restored from the dump of another server', async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(`INSERT INTO changes (promotion_id, transaction_id) VALUES ('code', '9000000000000000')`);
    await client.end();
    await engine.close();
    engine = await openPostgres({ url: database.url });
    position = await latestPosition(engine.reads);
    await engine.transaction((db) => addUse(db, 'new'));
    expect(await readAll()).toEqual(['new']);
  });
});
