import pg from 'pg';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { parseRedemptionId, redemptionId } from '../../../src/domain/promotion/identity.ts';
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

/** A transaction of another process that stays open until the returned function is called. */
async function openTransaction(ledgerId: string): Promise<() => Promise<void>> {
  const [begun, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const transaction = other.transaction(async (db) => {
    await addUse(db, ledgerId);
    begun.resolve();
    await end.promise;
  });
  await begun.promise;
  return () => {
    end.resolve();
    return transaction;
  };
}

it('a change that is committed late reaches the readers, and delays no other', async () => {
  const commit = await openTransaction('late');
  await engine.transaction((db) => addUse(db, 'early'));
  expect(await next(1)).toEqual(['early']);
  await commit();
  expect(await next(1)).toEqual(['late']);
});

it('a change that is committed late and never announced is read', async () => {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`BEGIN; INSERT INTO changes (promotion_id, ledger_id) VALUES ('code', 'silent')`);
  await engine.transaction((db) => addUse(db, 'early'));
  expect(await next(1)).toEqual(['early']);
  await client.query('COMMIT');
  await client.end();
  expect(await next(1)).toEqual(['silent']);
});

it('a reader that opens gets none of the changes that were committed before', async () => {
  const commit = await openTransaction('late');
  for (const id of ['one', 'two', 'three']) {
    await other.transaction((db) => addUse(db, `before ${id}`));
    const opened = await feed.redemptions(null, () => {});
    expect(opened.next()).toBeNull();
    await other.transaction((db) => addUse(db, `after ${id}`));
    await feed.latest();
    expect(opened.next()).toMatchObject({ id: redemptionId(`after ${id}`) });
    opened.close();
  }
  await commit();
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
