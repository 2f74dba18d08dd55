import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../../../src/store/engines/engine.ts';
import { deleteOldChanges } from '../../../../src/store/engines/postgres/postgres-changes.ts';
import { openPostgres } from '../../../../src/store/engines/postgres.ts';
import { execute } from '../../../support/postgres/lend-postgres.ts';
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
const deleteOld = (kept: number, since: string | null = null) =>
  engine.transaction((db) => deleteOldChanges(db, kept, since));

describe('a reader of changes of which old ones are deleted', () => {
  it('learns that it has lost changes only if it lags behind those that are kept', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await add(id);
    expect((await reader.read(1)).uses).toEqual(['a']);
    await deleteOld(4);
    expect(await reader.read(1)).toEqual({ uses: ['b'], hasMore: true, hasLost: false });
    await deleteOld(1);
    expect(await reader.read(1)).toEqual({ uses: ['d'], hasMore: true, hasLost: true });
    expect(await reader.readAll()).toEqual([]);
    expect(await reader.read(1)).toEqual(NOTHING);
  });

  it('learns of a loss once, and still gets what is committed late', async () => {
    await add('a');
    await reader.readAll();
    const commit = await openTransaction(engine, (db) => addUse(db, 'late'));
    for (const id of ['b', 'c']) await add(id);
    await deleteOld(1);
    expect(await reader.read()).toEqual({ uses: ['c'], hasMore: false, hasLost: true });
    expect(await reader.read()).toEqual(NOTHING);
    await commit();
    expect(await reader.read()).toEqual({ ...NOTHING, uses: ['late'] });
  });

  it('has lost nothing when changes are deleted that it got while an old transaction was open', async () => {
    const end = await openTransaction(engine, writeElsewhere);
    await add('a', 'b', 'c');
    await reader.readAll();
    await deleteOld(1);
    expect(await reader.read()).toEqual(NOTHING);
    await end();
    expect(await reader.read()).toEqual(NOTHING);
  });

  it('gets a change that was committed late, although many others with higher numbers are kept', async () => {
    const commit = await openTransaction(engine, (db) => addUse(db, 'late'));
    await add('a', 'b', 'c');
    await reader.readAll();
    const lastDeletion = await deleteOld(3);
    await commit();
    const next = await deleteOld(1, lastDeletion);
    expect(await reader.read()).toEqual({ ...NOTHING, uses: ['late'] });
    await deleteOld(1, next);
    expect(await storedUses()).toEqual(['c']);
  });

  it('has lost changes if the server is behind it, as after a failover to a standby that lags', async () => {
    await add('a');
    await reader.readAll();
    reader.position = { ...reader.position, since: '9000000000000000:9000000000000000:' };
    expect(await reader.read()).toEqual({ ...NOTHING, hasLost: true });
    await add('b');
    expect(await reader.read()).toEqual({ ...NOTHING, uses: ['b'] });
  });

  it('gets new changes although the database was restored from the dump of another server', async () => {
    await execute(
      database.url,
      `INSERT INTO changes (promotion_id, ledger_id, transaction_id) VALUES ('code', 'dumped', '9000000000000000')`,
    );
    reader = await TestReader.open(engine);
    await add('new');
    await deleteOld(1, await deleteOld(1));
    expect(await reader.readAll()).toEqual(['new']);
    expect(await storedUses()).toEqual(['new']);
  });
});

async function storedUses(): Promise<(string | null)[]> {
  const rows = await engine.reads.selectFrom('changes').select('ledger_id').orderBy('number').execute();
  return rows.map(({ ledger_id }) => ledger_id);
}
