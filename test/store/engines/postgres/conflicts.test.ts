import { AsyncLocalStorage } from 'node:async_hooks';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../src/store/engines/engine.ts';
import { openPostgres } from '../../../../src/store/engines/postgres.ts';
import { createDatabase, type TestDatabase } from '../../../support/postgres/test-database.ts';
import { insert, pointsOf, setPoints } from '../rows.ts';

let database: TestDatabase;
let engine: Engine;
beforeAll(async () => {
  database = await createDatabase();
  engine = await openPostgres({ url: database.url, poolSize: 3 });
});
afterAll(async () => {
  await engine.close();
  await database.drop();
});
beforeEach(() =>
  engine.transaction(async (db) => {
    await db.deleteFrom('attempt_limits').execute();
  }),
);

/** Two transactions meet here: the first attempt of each waits for the other's. */
function meeting(): () => Promise<void> {
  let arrived = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  return () => {
    arrived += 1;
    if (arrived === 2) resolve();
    return promise;
  };
}

describe('a transaction on PostgreSQL', () => {
  it('runs again after a deadlock', async () => {
    await engine.transaction(async (db) => {
      for (const key of ['a', 'b']) await insert(db, key, 0);
    });
    const meet = meeting();
    let attempts = 0;
    const raise = (first: string, second: string) =>
      engine.transaction(async (db) => {
        attempts += 1;
        await setPoints(db, first, ((await pointsOf(db, first)) ?? 0) + 1);
        await meet();
        await setPoints(db, second, ((await pointsOf(db, second)) ?? 0) + 1);
      });
    await Promise.all([raise('a', 'b'), raise('b', 'a')]);
    expect(attempts).toBeGreaterThan(2);
    expect([await pointsOf(engine.reads, 'a'), await pointsOf(engine.reads, 'b')]).toEqual([2, 2]);
    expect(engine.trouble()).toBeNull();
  });

  it('runs again if another one inserts the same key first, and then finds it', async () => {
    const meet = meeting();
    const claim = () =>
      engine.transaction(async (db) => {
        const points = await pointsOf(db, 'claimed');
        if (points !== undefined) return `taken by ${points}`;
        await meet();
        await insert(db, 'claimed', 1);
        return 'claimed';
      });
    expect((await Promise.all([claim(), claim()])).toSorted()).toEqual(['claimed', 'taken by 1']);
  });

  it('fails soon if it always inserts a row that exists, which is no trouble of the store', async () => {
    await engine.transaction((db) => insert(db, 'taken', 1));
    let attempts = 0;
    const again = engine.transaction((db) => {
      attempts += 1;
      return insert(db, 'taken', 1);
    });
    await expect(again).rejects.toThrow(/unique/);
    expect(attempts).toBe(3);
    expect(engine.trouble()).toBeNull();
  });

  it('fails with the conflict if it never gets through, which is no trouble of the store', async () => {
    let attempts = 0;
    const again = engine.transaction(async (db) => {
      attempts += 1;
      // As the server does when it ends one of two transactions.
      await sql`do $$ begin raise exception sqlstate '40001'; end $$`.execute(db);
    });
    await expect(again).rejects.toMatchObject({ code: '40001' });
    expect(attempts).toBe(10);
    expect(engine.trouble()).toBeNull();
  });

  it('can read what is committed, however many transactions do so at the same time', async () => {
    await engine.transaction((db) => insert(db, 'key', 5));
    const reading = Array.from({ length: 12 }, () => engine.transaction(() => pointsOf(engine.reads, 'key')));
    expect(await Promise.all(reading)).toEqual(Array.from({ length: 12 }, () => 5));
  });

  it('keeps no snapshot waiting, however many transactions wait for a lock', async () => {
    await engine.transaction((db) => insert(db, 'key', 5));
    const isLocked = Promise.withResolvers<void>();
    const read = isLocked.promise.then(() => engine.snapshot((db) => pointsOf(db, 'key')));
    const other = await openPostgres({ url: database.url, poolSize: 2 });
    const waiting: Promise<void>[] = [];
    await other.transaction(async (db) => {
      await setPoints(db, 'key', 6);
      waiting.push(
        ...Array.from({ length: 12 }, (_, points) => engine.transaction((its) => setPoints(its, 'key', points))),
      );
      isLocked.resolve();
      expect(await read).toBe(5);
    });
    await Promise.all(waiting);
    await other.close();
  });

  it('runs in the context of its caller, also if it has waited for another one', async () => {
    const caller = new AsyncLocalStorage<number>();
    const callers = Array.from({ length: 12 }, (_, index) =>
      caller.run(index, () => engine.transaction(async () => caller.getStore())),
    );
    expect(await Promise.all(callers)).toEqual(Array.from({ length: 12 }, (_, index) => index));
  });

  it('gives up soon on a locked row if nobody waits for it, which is no trouble of the store', async () => {
    await engine.transaction((db) => insert(db, 'key', 1));
    await engine.transaction(async (db) => {
      await setPoints(db, 'key', 2);
      // Outside of this transaction, as another request.
      const other = await openPostgres({ url: database.url, poolSize: 2 });
      await expect(other.briefly((its) => setPoints(its, 'key', 3))).rejects.toMatchObject({ code: '55P03' });
      expect(other.trouble()).toBeNull();
      await other.close();
    });
    expect(await pointsOf(engine.reads, 'key')).toBe(2);
  });
});
