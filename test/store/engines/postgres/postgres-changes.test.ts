import fc from 'fast-check';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../src/store/engines/engine.ts';
import { openPostgres } from '../../../../src/store/engines/postgres.ts';
import { createDatabase, type TestDatabase } from '../../../support/postgres/test-database.ts';
import { NOTHING, TestReader } from './read-changes.ts';
import { addUse, openTransaction, writeElsewhere } from './uses.ts';

let database: TestDatabase;
let engine: Engine;
let reader: TestReader;
beforeEach(async () => {
  database = await createDatabase();
  engine = await openPostgres({ url: database.url });
  reader = await TestReader.open(engine);
});
afterEach(async () => {
  await engine.close();
  await database.drop();
});

const add = (...ids: string[]) =>
  engine.transaction(async (db) => {
    for (const id of ids) await addUse(db, id);
  });
describe('a reader of changes', () => {
  it('gets each change once, in pages', async () => {
    for (const id of ['a', 'b', 'c']) await add(id);
    expect(await reader.read(2)).toEqual({ uses: ['a', 'b'], hasMore: true, hasLost: false });
    expect(await reader.read(2)).toEqual({ uses: ['c'], hasMore: true, hasLost: false });
    expect(await reader.read(2)).toEqual(NOTHING);
  });

  it('gets changes that are made between two pages after those pages', async () => {
    const commit = await openTransaction(engine, (db) => addUse(db, 'late'));
    await add('a', 'b', 'c');
    expect((await reader.read(2)).uses).toEqual(['a', 'b']);
    await commit();
    await add('d');
    expect(await reader.readAll(2)).toEqual(['c', 'late', 'd']);
    expect(await reader.read(2)).toEqual(NOTHING);
  });

  it('begins behind the changes that were made before', async () => {
    await add('before');
    reader = await TestReader.open(engine);
    await add('after');
    expect(await reader.readAll()).toEqual(['after']);
  });

  it('waits for no transaction of the same database that has not ended', async () => {
    const commit = await openTransaction(engine, writeElsewhere);
    await add('early');
    expect(await reader.read()).toEqual({ ...NOTHING, uses: ['early'] });
    await commit();
    expect(await reader.read()).toEqual(NOTHING);
  });

  it('waits for no transaction of another database of the server', async () => {
    const elsewhere = await createDatabase('bare');
    const client = new pg.Client({ connectionString: elsewhere.url });
    await client.connect();
    await client.query('BEGIN; CREATE TABLE report (line text)');
    await add('early');
    expect(await reader.read()).toEqual({ ...NOTHING, uses: ['early'] });
    await client.query('COMMIT');
    await client.end();
    await elsewhere.drop();
    expect(await reader.read()).toEqual(NOTHING);
  });

  it('misses no transaction that commits late, and gets nothing twice', async () => {
    const commit = await openTransaction(engine, (db) => addUse(db, 'late'));
    await add('early');
    expect(await reader.read()).toEqual({ ...NOTHING, uses: ['early'] });
    await add('next');
    await commit();
    expect(await reader.read()).toEqual({ ...NOTHING, uses: ['late', 'next'] });
    expect(await reader.read()).toEqual(NOTHING);
  });

  it('gets the changes of a transaction that was open when the reader began', async () => {
    const commit = await openTransaction(engine, (db) => addUse(db, 'late'));
    await add('before');
    reader = await TestReader.open(engine);
    await commit();
    expect(await reader.readAll()).toEqual(['late']);
  });

  it('finds a new change behind more changes than a page holds that it has read already', async () => {
    const commit = await openTransaction(engine, (db) => addUse(db, 'late'));
    await add('a', 'b', 'c', 'd', 'e');
    expect(await reader.readAll(2)).toEqual(['a', 'b', 'c', 'd', 'e']);
    await add('new');
    expect((await reader.read(2)).uses).toEqual(['new']);
    await commit();
    expect((await reader.read(2)).uses).toEqual(['late']);
  });

  it('gets changes in the order in which they were made, whichever transaction has begun first', async () => {
    const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const second = engine.transaction(async (db) => {
      await writeElsewhere(db);
      begun.resolve();
      await go.promise;
      await addUse(db, 'second');
    });
    await begun.promise;
    await add('first');
    go.resolve();
    await second;
    expect(await reader.readAll()).toEqual(['first', 'second']);
  });

  it('gets each change once, whatever the order of commits and reads', async () => {
    const step = fc.record({
      act: fc.constantFrom('open', 'commit', 'commit', 'roll back', 'add', 'read', 'read', 'begin again'),
      which: fc.nat({ max: 99 }),
      limit: fc.constantFrom(1, 2, 100),
    });
    let count = 0;
    const play = async (steps: (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[]) => {
      reader = await TestReader.open(engine);
      let expected: (string | null)[] = [];
      let found: (string | null)[] = [];
      const open: { id: string; end: Awaited<ReturnType<typeof openTransaction>> }[] = [];
      const end = async (which: number, how: 'commit' | 'roll back') => {
        const [ended] = open.splice(which % Math.max(1, open.length), 1);
        await ended?.end(how);
        if (ended && how === 'commit') expected.push(ended.id);
      };
      for (const { act, which, limit } of steps) {
        count += 1;
        const id = `change ${count}`;
        if (act === 'open' && open.length < 4)
          open.push({ id, end: await openTransaction(engine, (db) => addUse(db, id)) });
        if (act === 'commit' || act === 'roll back') await end(which, act);
        if (act === 'add') {
          await add(id);
          expected.push(id);
        }
        if (act === 'read') found.push(...(await reader.read(limit)).uses);
        if (act === 'begin again') [reader, expected, found] = [await TestReader.open(engine), [], []];
      }
      while (open.length > 0) await end(0, 'commit');
      found.push(...(await reader.readAll(2)));
      expect(found.toSorted()).toEqual(expected.toSorted());
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), play), { numRuns: 50 });
  });

  it('sees nothing of a transaction that is rolled back', async () => {
    const end = await openTransaction(engine, (db) => addUse(db, 'never'));
    await end('roll back');
    expect(await reader.read()).toEqual(NOTHING);
  });
});
