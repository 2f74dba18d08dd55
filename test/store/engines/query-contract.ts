import { sql } from 'kysely';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../../src/store/engines/engine.ts';
import { type Placeholders, prepare } from '../../../src/store/engines/prepared.ts';
import type { OpenedEngine } from './engine-contract.ts';
import { insert, pointsOf } from './rows.ts';

export function queryContract(opened: () => OpenedEngine): void {
  let engine: Engine;
  beforeEach(() => {
    engine = opened().engine;
  });

  describe('queries', () => {
    it('bind numbers beyond 32 bits, null, and texts with quotes as they are', async () => {
      const insertAttempt = prepare(engine, (db, value: Placeholders<Attempt>) =>
        db.insertInto('attempts').values({
          at: value('at'),
          caller: value('caller'),
          customer_id: value('customer_id'),
          address: null,
          code: value('code'),
          reason: 'NOT_FOUND',
        }),
      );
      const attempts: Attempt[] = [
        { at: 2 ** 31 - 1, caller: 'a', customer_id: null, code: `it's "quoted" @name :name ?1 $1 \\ %` },
        { at: 2 ** 31, caller: 'b', customer_id: '', code: 'Straße \u{1F389}' },
        { at: Number.MAX_SAFE_INTEGER, caller: 'c', customer_id: '0012', code: '["a","b"]' },
        { at: -1, caller: 'd', customer_id: 'null', code: '{"a":1}' },
      ];
      for (const attempt of attempts) {
        expect(await engine.transaction((db) => insertAttempt.run(db, attempt))).toBe(1);
      }
      const columns = ['at', 'caller', 'customer_id', 'code'] as const;
      const rows = engine.reads.selectFrom('attempts').select(columns).orderBy('number');
      expect(await rows.execute()).toEqual(attempts);
      const byTime = prepare(engine, (db, value: Placeholders<{ at: number }>) =>
        db.selectFrom('attempts').select(columns).where('at', '=', value('at')),
      );
      for (const attempt of attempts) expect(await byTime.first(engine.reads, attempt)).toEqual(attempt);
    });

    it('find nothing for a text with U+0000, alone or in a list', async () => {
      const { dialect, reads } = engine;
      await engine.transaction((db) => insert(db, 'one', 1));
      const keys = reads.selectFrom('attempt_limits').select('key');
      expect(await keys.where('key', '=', 'one\0').execute()).toEqual([]);
      const amongThem = dialect.isAmong(sql.ref('key'), ['one', '\0', 'o\0ne']);
      expect(await keys.where(amongThem).execute()).toEqual([{ key: 'one' }]);
    });

    it('return numbers for counts and sums', async () => {
      await engine.transaction(async (db) => {
        await insert(db, 'one', 2 ** 30);
        await insert(db, 'other', 2 ** 30);
      });
      const [counted] = await engine.reads
        .selectFrom('attempt_limits')
        .select(({ fn }) => [fn.countAll<number>().as('rows'), fn.sum<number>('points').as('points')])
        .execute();
      expect(counted).toEqual({ rows: 2, points: 2 ** 31 });
    });

    it('are prepared once for reads, transactions and snapshots', async () => {
      let built = 0;
      const byKey = prepare(engine, (db, value: Placeholders<{ key: string; most: number }>) => {
        built += 1;
        return db.selectFrom('attempt_limits').select('points').where('key', '=', value('key')).limit(value('most'));
      });
      const raise = prepare(engine, (db, value: Placeholders<{ by: number }>) =>
        db.updateTable('attempt_limits').set((row) => ({ points: row('points', '+', value('by')) })),
      );
      await engine.transaction(async (db) => {
        await insert(db, 'one', 1);
        await insert(db, 'other', 2);
        expect(await raise.run(db, { by: 10 })).toBe(2);
        expect(await byKey.all(db, { key: 'one', most: 5 })).toEqual([{ points: 11 }]);
      });
      expect(await byKey.first(engine.reads, { key: 'other', most: 1 })).toEqual({ points: 12 });
      expect(await byKey.first(engine.reads, { key: 'other', most: 0 })).toBeUndefined();
      expect(await byKey.first(engine.reads, { key: 'none', most: 1 })).toBeUndefined();
      expect(await engine.snapshot((db) => byKey.all(db, { key: 'one', most: 1 }))).toEqual([{ points: 11 }]);
      expect(built).toBe(1);
    });

    it('of a transaction may be sent together', async () => {
      await engine.transaction(async (db) => {
        await Promise.all(['a', 'b', 'c'].map((key, index) => insert(db, key, index)));
      });
      expect(await Promise.all(['a', 'b', 'c'].map((key) => pointsOf(engine.reads, key)))).toEqual([0, 1, 2]);
    });

    it('tell how many rows a write with RETURNING has changed', async () => {
      await engine.transaction(async (db) => {
        await insert(db, 'one', 1);
        await insert(db, 'other', 2);
        const raised = await db.executeQuery(db.updateTable('attempt_limits').set({ points: 5 }).returning('key'));
        expect(raised.rows.map(({ key }) => key).toSorted()).toEqual(['one', 'other']);
        expect(raised.numAffectedRows).toBe(2n);
      });
    });
  });
}

interface Attempt {
  at: number;
  caller: string;
  customer_id: string | null;
  code: string;
}
