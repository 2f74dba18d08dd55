import { setImmediate } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ChangeCursor, ChangeListener, Engine } from '../../../../src/store/engines/engine.ts';
import { listenForChanges } from '../../../../src/store/engines/postgres/change-listener.ts';
import { openPostgres } from '../../../../src/store/engines/postgres.ts';
import { createDatabase, type TestDatabase } from '../../../support/postgres/test-database.ts';
import { addUse } from './uses.ts';

let database: TestDatabase;
let engine: Engine;
let cursor: ChangeCursor;
beforeEach(async () => {
  database = await createDatabase();
  engine = await openPostgres({ url: database.url });
  cursor = await engine.changeLog.open();
});

let listener: ChangeListener;
let news = 0;
let waiting: { count: number; resolve: () => void } | null = null;
const onNews = () => {
  news += 1;
  if (waiting && news >= waiting.count) waiting.resolve();
};
/** Waits until the listener has called this often. */
const untilNews = (count: number) =>
  new Promise<void>((resolve) => {
    waiting = { count, resolve };
    if (news >= count) resolve();
  });
/** By default without checks in the time of a test, so that only notifications call. */
const start = async (checkIntervalMs = 600_000) => {
  news = 0;
  listener = listenForChanges(database.url, onNews, { checkIntervalMs });
  await untilNews(1);
};
afterEach(async () => {
  await listener.close();
  await engine.close();
  await database.drop();
});

/** Reads on. */
async function read(): Promise<(string | null)[]> {
  const { changes } = await cursor.next(100);
  return changes.map(({ ledger_id }) => ledger_id);
}

it('a listener is called when it listens, and after commits with changes', async () => {
  await start();
  await engine.transaction((db) => addUse(db, 'a'));
  await untilNews(2);
  await engine.transaction((db) => addUse(db, 'b'));
  await untilNews(3);
  expect(await read()).toEqual(['a', 'b']);
});

it('a listener connects again when its connection is terminated, and is called for what it missed', async () => {
  await start();
  const { terminated } = await terminateListeners();
  expect(terminated).toBe(1);
  await engine.transaction((db) => addUse(db, 'missed'));
  await untilNews(2);
  expect(await read()).toEqual(['missed']);
  const before = news;
  await engine.transaction((db) => addUse(db, 'heard'));
  await untilNews(before + 1);
});

it('a listener checks its connection, and keeps one that answers', async () => {
  await start(5);
  const [before] = await listeners();
  const checks = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query = 'SELECT 1'`;
  while ((await pidsOf(checks)).length === 0) await setImmediate();
  expect(await listeners()).toEqual([before]);
});

it('a listener leaves no connection behind', async () => {
  await start();
  await listener.close();
  expect(await listeners()).toEqual([]);
});

/** The processes of the server that listen to the changes of the database. */
async function listeners(statement = 'SELECT pid'): Promise<number[]> {
  return pidsOf(
    `${statement} FROM pg_stat_activity WHERE datname = current_database() AND query ~ '^(LISTEN|SELECT 1)'`,
  );
}

async function pidsOf(statement: string): Promise<number[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>(statement);
  await client.end();
  return rows.map(({ pid }) => pid);
}

async function terminateListeners(): Promise<{ terminated: number }> {
  return { terminated: (await listeners('SELECT pid, pg_terminate_backend(pid)')).length };
}
