import pg from 'pg';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { parseRedemptionId } from '../../../src/domain/promotion/identity.ts';
import { ChangeFeed } from '../../../src/gateway/core/change-feed.ts';
import type { ChangeReader } from '../../../src/gateway/core/topic.ts';
import type { Db, Engine } from '../../../src/store/engines/engine.ts';
import { openPostgres } from '../../../src/store/engines/postgres.ts';
import { Changes } from '../../../src/store/sync/changes.ts';
import { execute } from '../../support/postgres/lend-postgres.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres/test-database.ts';

let database: TestDatabase;
let engine: Engine;
/** Another process. */
let other: Engine;
let feed: ChangeFeed;
let reader: ChangeReader;
let onNews: () => void;
beforeEach(async () => {
  database = await createDatabase();
  engine = await openPostgres({ url: database.url });
  other = await openPostgres({ url: database.url });
  feed = new ChangeFeed(new Changes(engine));
  onNews = () => {};
  reader = await feed.redemptions(null, () => onNews());
});
afterEach(async () => {
  vi.useRealTimers();
  feed.close();
  await Promise.all([engine.close(), other.close()]);
  await database.drop();
});

const addUse = (db: Db, ledger_id: string) =>
  db.insertInto('changes').values({ promotion_id: 'code', ledger_id }).execute();

/** The next changes as they arrive. */
async function next(count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const news = Promise.withResolvers<void>();
    onNews = news.resolve;
    const change = reader.next();
    if (change) ids.push(change.id);
    else await news.promise;
  }
  return ids.map((id) => parseRedemptionId(id) ?? id);
}

/** Ends the connections that listen or have checked since. @returns how many there were */
async function terminateListeners(): Promise<number> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query ~ '^(LISTEN|SELECT 1$)'`,
  );
  await client.end();
  return rows.length;
}

it('a change that is committed late reaches the readers, although another one has a larger number', async () => {
  const [begun, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const late = other.transaction(async (db) => {
    await addUse(db, 'late');
    begun.resolve();
    await end.promise;
  });
  await begun.promise;
  await engine.transaction((db) => addUse(db, 'early'));
  end.resolve();
  await late;
  expect(await next(2)).toEqual(['late', 'early']);
});

it('each commit of another process wakes the feed, which would read later without it', async () => {
  feed.close();
  // Its timer does not run.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  feed = new ChangeFeed(new Changes(engine));
  reader = await feed.redemptions(null, () => onNews());
  for (const id of ['first', 'second', 'third']) {
    await other.transaction((db) => addUse(db, id));
    expect(await next(1)).toEqual([id]);
  }
});

it('a change of a process that ended before it could announce it is read', async () => {
  await execute(database.url, `INSERT INTO changes (promotion_id, ledger_id) VALUES ('code', 'silent')`);
  expect(await next(1)).toEqual(['silent']);
});

it('a feed whose listener is terminated reads what it missed, and listens again', async () => {
  while ((await terminateListeners()) === 0);
  await other.transaction((db) => addUse(db, 'missed'));
  expect(await next(1)).toEqual(['missed']);
  while ((await terminateListeners()) === 0);
  await other.transaction((db) => addUse(db, 'again'));
  expect(await next(1)).toEqual(['again']);
});

it('a feed reads on after all of its connections were terminated', async () => {
  await execute(
    database.url,
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  await execute(database.url, `INSERT INTO changes (promotion_id, ledger_id) VALUES ('code', 'after')`);
  expect(await next(1)).toEqual(['after']);
});
