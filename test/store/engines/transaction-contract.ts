import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Db, Engine } from '../../../src/store/engines/engine.ts';
import type { OpenedEngine } from './engine-contract.ts';
import { insert, KEY, pointsOf, setPoints } from './rows.ts';

export function transactionContract(opened: () => OpenedEngine): void {
  let engine: Engine;
  beforeEach(() => {
    engine = opened().engine;
  });

  describe('transactions', () => {
    it('loses no update of a locked row, whatever the transactions await', async () => {
      await engine.transaction((db) => insert(db, KEY, 0));
      const results = await Promise.all(
        Array.from({ length: 20 }, () =>
          engine.transaction(async (db) => {
            const points = await lockedPoints(engine, db);
            for (let turn = 0; turn < 3; turn += 1) await setImmediate();
            await setPoints(db, KEY, points + 1);
            return points;
          }),
        ),
      );
      expect(results.toSorted((one, other) => one - other)).toEqual(Array.from({ length: 20 }, (_, index) => index));
      expect(await pointsOf(engine.reads)).toBe(20);
    });

    it('are not seen by readers before they end', async () => {
      const other = await opened().openAgain();
      await engine.transaction(async (db) => {
        await insert(db, KEY, 7);
        await setImmediate();
        expect(await pointsOf(db)).toBe(7);
        expect(await pointsOf(engine.reads)).toBeUndefined();
        expect(await pointsOf(other.reads)).toBeUndefined();
      });
      expect(await pointsOf(engine.reads)).toBe(7);
      expect(await pointsOf(other.reads)).toBe(7);
      await other.close();
    });

    it('roll back when the work throws, and the next one works', async () => {
      const failure = new Error('The work fails');
      const failing = engine.transaction(async (db) => {
        await insert(db, KEY, 1);
        throw failure;
      });
      await expect(failing).rejects.toBe(failure);
      expect(await pointsOf(engine.reads)).toBeUndefined();
      await engine.transaction((db) => insert(db, KEY, 2));
      expect(await pointsOf(engine.reads)).toBe(2);
      expect(engine.trouble()).toBeNull();
    });

    it('do not commit after a failed query, even if the work ignores it', async () => {
      await engine.transaction((db) => insert(db, KEY, 1));
      let outcomes: PromiseSettledResult<void>[] = [];
      const ignoring = engine.transaction(async (db) => {
        await insert(db, 'other', 1);
        outcomes = await Promise.allSettled([insert(db, KEY, 2), insert(db, 'third', 1)]);
      });
      await expect(ignoring).rejects.toThrow(/unique/i);
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      expect(await pointsOf(engine.reads, 'other')).toBeUndefined();
      expect(await pointsOf(engine.reads, 'third')).toBeUndefined();
      expect(engine.trouble()).toBeNull();
    });

    it('cannot begin inside another one or a snapshot, but may after it', async () => {
      const refusal = 'A transaction cannot begin inside another one';
      const begin = [
        () => engine.transaction(async () => {}),
        () => engine.briefly(async () => {}),
        () => engine.snapshot(async () => {}),
      ];
      const afterwards: Promise<void>[] = [];
      const { promise: ended, resolve: end } = Promise.withResolvers<void>();
      for (const outer of [engine.transaction, engine.briefly, engine.snapshot]) {
        await outer.call(engine, async () => {
          for (const inner of begin) await expect(inner()).rejects.toThrow(refusal);
          for (const later of begin) afterwards.push(ended.then(later));
        });
      }
      end();
      await Promise.all(afterwards);
      expect(afterwards).toHaveLength(9);
    });

    it('do not let queries run after their end', async () => {
      const { promise: ended, resolve: end } = Promise.withResolvers<void>();
      const { late, leaked } = await engine.transaction(async (db) => {
        const late = ended.then(() => insert(db, KEY, 1));
        return { late: expect(late).rejects.toThrow(), leaked: db };
      });
      end();
      await late;
      await expect(insert(leaked, KEY, 1)).rejects.toThrow();
      await engine.transaction(async () => {
        await expect(insert(leaked, KEY, 1)).rejects.toThrow();
      });
      expect(await pointsOf(engine.reads)).toBeUndefined();
    });

    it('may be brief', async () => {
      expect(await engine.briefly(async (db) => [await insert(db, KEY, 3), await pointsOf(db)].at(-1))).toBe(3);
      expect(await pointsOf(engine.reads)).toBe(3);
    });
  });

  describe('snapshots', () => {
    it('see one state, although another process writes', async () => {
      const other = await opened().openAgain();
      await other.transaction((db) => insert(db, KEY, 1));
      await engine.snapshot(async (db) => {
        expect(await pointsOf(db)).toBe(1);
        await other.transaction((their) => setPoints(their, KEY, 2));
        await other.transaction((their) => insert(their, 'other', 1));
        expect(await pointsOf(engine.reads)).toBe(2);
        expect([await pointsOf(db), await pointsOf(db, 'other')]).toEqual([1, undefined]);
      });
      expect(await engine.snapshot((db) => pointsOf(db))).toBe(2);
      await other.close();
    });

    it('cannot write, and that is no trouble of the store', async () => {
      await expect(engine.snapshot((db) => insert(db, KEY, 1))).rejects.toThrow();
      expect(engine.trouble()).toBeNull();
      expect(await pointsOf(engine.reads)).toBeUndefined();
    });
  });
}

async function lockedPoints(engine: Engine, db: Db): Promise<number> {
  const query = engine.dialect.locked(db.selectFrom('attempt_limits').select('points').where('key', '=', KEY));
  return (await query.executeTakeFirstOrThrow()).points;
}
