import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/store/engines/engine.ts';
import { troubleOf } from '../../../src/store/engines/trouble.ts';
import { dialectContract } from './dialect-contract.ts';
import { queryContract } from './query-contract.ts';
import { insert, KEY, pointsOf } from './rows.ts';
import { transactionContract } from './transaction-contract.ts';

/** An engine with a new store of its own, and what a test does to that store from outside. */
export interface OpenedEngine {
  engine: Engine;
  /** Opens the same store once more, as another process does. The test closes it. */
  openAgain(): Promise<Engine>;
  /** Makes all writes of `engine` fail, until the returned function is called. */
  breakWrites(): Promise<() => Promise<void>>;
  /** Closes the engine and removes its store. */
  remove(): Promise<void>;
}

/** What the store relies on, whichever engine it has. */
export function engineContract(name: string, open: () => Promise<OpenedEngine>): void {
  describe(`the ${name} engine`, () => {
    let opened: OpenedEngine;
    let engine: Engine;
    beforeEach(async () => {
      opened = await open();
      engine = opened.engine;
    });
    afterEach(() => opened.remove());

    transactionContract(() => opened);
    queryContract(() => opened);
    dialectContract(() => opened);

    describe('trouble', () => {
      it('is noticed by a failed write, and is gone after a probe that succeeds', async () => {
        await engine.probe();
        expect(engine.trouble()).toBeNull();
        const repair = await opened.breakWrites();
        await expect(engine.briefly((db) => insert(db, KEY, 1))).rejects.toThrow();
        expect(engine.trouble()).toEqual(expect.any(String));
        await engine.probe();
        expect(engine.trouble()).toEqual(expect.any(String));
        await repair();
        expect(engine.trouble()).toEqual(expect.any(String));
        await engine.probe();
        expect(engine.trouble()).toBeNull();
        await engine.transaction((db) => insert(db, KEY, 2));
        expect(await pointsOf(engine.reads)).toBe(2);
      });

      it('is known of the errors of transactions and limiters, and of no others', async () => {
        const limiter = engine.limiter('test', { points: 1, seconds: 60 });
        const writes = [() => engine.briefly((db) => insert(db, KEY, 1)), () => limiter.penalty(KEY, 1)];
        const repair = await opened.breakWrites();
        for (const write of writes) {
          const error: unknown = await write().catch((reason: unknown) => reason);
          expect(error).toBeInstanceOf(Error);
          expect(troubleOf(error)).toBe(engine.trouble());
        }
        expect(engine.trouble()).not.toBeNull();
        await repair();
        await engine.transaction((db) => insert(db, KEY, 1));
        const twice: unknown = await engine.transaction((db) => insert(db, KEY, 1)).catch((reason: unknown) => reason);
        expect(twice).toBeInstanceOf(Error);
        expect(troubleOf(twice)).toBeNull();
        // A provider that cannot be reached.
        expect(troubleOf(Object.assign(new Error('fetch failed'), { code: 'ECONNREFUSED' }))).toBeNull();
      });

      it('is noticed by a probe alone', async () => {
        const repair = await opened.breakWrites();
        await engine.probe();
        expect(engine.trouble()).toEqual(expect.any(String));
        await repair();
        await engine.probe();
        expect(engine.trouble()).toBeNull();
      });
    });

    it('knows how much room the store takes', async () => {
      const before = await engine.bytes();
      expect(before).toBeGreaterThan(100_000);
      await engine.transaction((db) => sql`create table room as select ${'x'.repeat(1_000_000)} as taken`.execute(db));
      expect(await engine.bytes()).toBeGreaterThan(before);
    });

    it('closes after the transactions that run and wait, and refuses later ones', async () => {
      const { promise: go, resolve: proceed } = Promise.withResolvers<void>();
      const running = Array.from({ length: 3 }, (_, index) =>
        engine.transaction(async (db) => {
          await go;
          await insert(db, `key ${index}`, index);
        }),
      );
      const closing = engine.close();
      const late = engine.transaction((db) => insert(db, 'late', 1));
      await expect(late).rejects.toThrow('The store is closed');
      proceed();
      await Promise.all([...running, closing]);
      await engine.close();
      const again = await opened.openAgain();
      expect(await pointsOf(again.reads, 'key 2')).toBe(2);
      await again.close();
    });
  });
}
