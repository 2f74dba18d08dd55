import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import Sqlite from 'better-sqlite3';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Engine } from '../../../../src/store/engines/engine.ts';
import { type Placeholders, prepare } from '../../../../src/store/engines/prepared.ts';
import { openSqlite } from '../../../../src/store/engines/sqlite.ts';
import { COMPILE_CACHE } from '../../../support/processes/compile-cache.ts';
import { engineContract } from '../engine-contract.ts';
import { insert, KEY, pointsOf, setPoints } from '../rows.ts';

const ROOT = new URL('../../../..', import.meta.url).pathname;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'promo-gateway-engine-'));
  file = join(folder, 'gateway.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Holds the write lock of the file, as another process does. @returns releases it */
function lockFile(): () => void {
  const other = new Sqlite(file);
  other.exec('BEGIN IMMEDIATE');
  return () => other.close();
}

engineContract('SQLite', async () => {
  const engine = await openSqlite(file);
  return {
    engine,
    openAgain: () => openSqlite(file),
    breakWrites: async () => {
      const release = lockFile();
      return async () => release();
    },
    remove: () => engine.close(),
  };
});

describe('the SQLite engine alone', () => {
  let engine: Engine;
  beforeEach(async () => {
    engine = await openSqlite(file);
  });
  afterEach(() => engine.close());

  it('runs one transaction at a time, in the order of the calls, whatever they await', async () => {
    const seen: string[] = [];
    const story = (name: string, turns: number) =>
      engine.transaction(async (db) => {
        seen.push(`${name} begins`);
        for (let turn = 0; turn < turns; turn += 1) await setImmediate();
        await insert(db, name, turns);
        seen.push(`${name} ends`);
        if (turns === 0) throw new Error('The work fails');
      });
    const outcomes = await Promise.allSettled([story('first', 5), story('second', 0), story('third', 2)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(seen).toEqual(['first', 'second', 'third'].flatMap((name) => [`${name} begins`, `${name} ends`]));
  });

  it('lets the event loop turn between two transactions', async () => {
    const seen: string[] = [];
    const first = engine.transaction(async (db) => {
      void setImmediate().then(() => seen.push('turn'));
      await insert(db, 'first', 1);
      seen.push('first');
    });
    const second = engine.transaction(async (db) => {
      await insert(db, 'second', 1);
      seen.push('second');
    });
    await Promise.all([first, second]);
    expect(seen).toEqual(['first', 'turn', 'second']);
  });

  it('reports that another process holds the lock, and goes on with the next transaction', async () => {
    const release = lockFile();
    const refused = ['a', 'b'].map((key) => engine.briefly((db) => insert(db, key, 1)));
    for (const refusal of refused) await expect(refusal).rejects.toMatchObject({ code: 'SQLITE_BUSY' });
    expect(engine.trouble()).toBe('another program keeps it locked');
    release();
    await engine.transaction((db) => insert(db, KEY, 1));
    expect(await pointsOf(engine.reads)).toBe(1);
    expect(await pointsOf(engine.reads, 'a')).toBeUndefined();
  });

  it('reads while a transaction waits for the lock of another process, which it gets in the end', async () => {
    await engine.transaction((db) => insert(db, KEY, 1));
    const release = lockFile();
    const writes = [2, 3].map((points) => engine.transaction((db) => setPoints(db, KEY, points)));
    await setImmediate();
    expect(await pointsOf(engine.reads)).toBe(1);
    expect(await engine.snapshot((db) => pointsOf(db))).toBe(1);
    release();
    await Promise.all(writes);
    expect(await pointsOf(engine.reads)).toBe(3);
    expect(engine.trouble()).toBeNull();
  });

  it('prepares queries of the same text once', async () => {
    const text = vi.spyOn(Sqlite.prototype, 'prepare');
    const byKey = () =>
      prepare(engine, (db, value: Placeholders<{ key: string }>) =>
        db.selectFrom('attempt_limits').select('expire').where('key', '=', value('key')),
      );
    const [one, other] = [byKey(), byKey()];
    for (const query of [one, other, one]) await query.all(engine.reads, { key: KEY });
    await engine.reads.selectFrom('attempt_limits').select('expire').where('key', '=', 'another').execute();
    const texts = text.mock.calls.map(([prepared]) => prepared).filter((prepared) => prepared.includes('expire'));
    text.mockRestore();
    expect(texts).toHaveLength(1);
  });

  it('refuses a write outside of a transaction', async () => {
    await expect(insert(engine.reads, KEY, 1)).rejects.toMatchObject({ code: 'SQLITE_READONLY' });
    await expect(engine.reads.transaction().execute((db) => insert(db, KEY, 1))).rejects.toThrow('Only the engine');
    expect(engine.trouble()).toBeNull();
    expect(await pointsOf(engine.reads)).toBeUndefined();
  });

  it('loses the whole transaction on a full disk, and needs room for a larger write before it is well', async () => {
    const limitPages = (pages: number) =>
      engine.transaction((db) => sql`PRAGMA max_page_count = ${sql.lit(pages)}`.execute(db));
    const { rows } = await sql<{ page_count: number }>`PRAGMA page_count`.execute(engine.reads);
    await limitPages((rows[0]?.page_count ?? 0) + 2);
    const tooMuch = engine.transaction(async (db) => {
      await insert(db, 'before', 1);
      await insert(db, 'x'.repeat(100_000), 1).catch(() => {});
      await insert(db, 'after', 1).catch(() => {});
    });
    await expect(tooMuch).rejects.toMatchObject({ code: 'SQLITE_FULL' });
    expect([await pointsOf(engine.reads, 'before'), await pointsOf(engine.reads, 'after')]).toEqual([
      undefined,
      undefined,
    ]);
    expect(engine.trouble()).toBe('there is no room left on its disk');
    await engine.transaction((db) => insert(db, KEY, 1));
    await engine.probe();
    expect(engine.trouble()).toBe('there is no room left on its disk');
    await limitPages(1_000_000);
    await engine.probe();
    expect(engine.trouble()).toBeNull();
    expect(await pointsOf(engine.reads)).toBe(1);
  });

  it('notices trouble that the work has caught and made another error of', async () => {
    const caught = engine.transaction(async (db) => {
      await sql`PRAGMA query_only = ON`.execute(db);
      await insert(db, KEY, 1).catch(() => {
        throw new Error('Another error');
      });
    });
    await expect(caught).rejects.toThrow('Another error');
    expect(engine.trouble()).toBe('it may only be read');
  });

  it('is well after a probe although an earlier one was killed half-way', async () => {
    const other = new Sqlite(file);
    other.exec('CREATE TABLE room AS SELECT 1 AS taken');
    other.close();
    const release = lockFile();
    await engine.probe();
    expect(engine.trouble()).toBe('another program keeps it locked');
    release();
    await engine.probe();
    expect(engine.trouble()).toBeNull();
    const left = await sql`SELECT 1 FROM sqlite_schema WHERE name = 'room'`.execute(engine.reads);
    expect(left.rows).toEqual([]);
  });

  it('syncs each commit to the disk, and empties the write-ahead log when it closes', async () => {
    const [pragma] = await engine.transaction(async (db) => (await sql`PRAGMA synchronous`.execute(db)).rows);
    expect(pragma).toEqual({ synchronous: 2 });
    await engine.transaction((db) => insert(db, KEY, 1));
    expect(existsSync(`${file}-wal`)).toBe(true);
    await engine.close();
    expect(existsSync(`${file}-wal`)).toBe(false);
  });
});

it('processes that open a new file at once migrate it once, and lose none of their writes', async () => {
  const program = `
    const { openSqlite } = await import('./src/store/engines/sqlite.ts');
    const engine = await openSqlite(process.argv[1]);
    const limits = (db) => db.selectFrom('attempt_limits').select('points').where('key', '=', '${KEY}');
    await Promise.all(Array.from({ length: 50 }, () => engine.transaction(async (db) => {
      const row = await limits(db).executeTakeFirst();
      if (row) await db.updateTable('attempt_limits').set({ points: row.points + 1 }).execute();
      else await db.insertInto('attempt_limits').values({ key: '${KEY}', points: 1, expire: null }).execute();
    })));
    await engine.close();`;
  const run = () =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, file], {
      cwd: ROOT,
      env: { ...process.env, ...COMPILE_CACHE },
    });
  await Promise.all([run(), run(), run()]);
  const engine = await openSqlite(file);
  expect(await pointsOf(engine.reads)).toBe(150);
  await engine.close();
});
