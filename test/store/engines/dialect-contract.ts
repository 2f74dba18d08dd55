import { type RawBuilder, sql } from 'kysely';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Db, Engine } from '../../../src/store/engines/engine.ts';
import { type Placeholders, prepare } from '../../../src/store/engines/prepared.ts';
import type { OpenedEngine } from './engine-contract.ts';
import { insert } from './rows.ts';

export function dialectContract(opened: () => OpenedEngine): void {
  let engine: Engine;
  beforeEach(() => {
    engine = opened().engine;
  });

  describe('the dialect', () => {
    beforeEach(() =>
      engine.transaction(async (db) => {
        for (const key of ['a', 'b', `it's`, '["x"]']) await insert(db, key, 1);
      }),
    );

    it.each([[[]], [['a']], [['b', 'a', 'a', 'unknown']], [[`it's`, '["x"]', '{a,b}', 'NULL']]])(
      'finds the values that are among %j',
      async (texts) => {
        const { dialect } = engine;
        const expected = ['["x"]', 'a', 'b', `it's`].filter((key) => texts.includes(key));
        const keys = engine.reads.selectFrom('attempt_limits').select('key');
        const found = await keys.where(dialect.isAmong(sql.ref('key'), texts)).execute();
        expect(found.map(({ key }) => key).toSorted()).toEqual(expected);
        const prepared = prepare(engine, (_, value: Placeholders<{ texts: readonly string[] }>) =>
          keys.where(dialect.isAmong(sql.ref('key'), value('texts'))),
        );
        expect((await prepared.all(engine.reads, { texts })).map(({ key }) => key).toSorted()).toEqual(expected);
      },
    );

    it('finds the pairs that are among others, and combines no halves', async () => {
      const { dialect } = engine;
      await engine.transaction(async (db) => {
        for (const [caller, code] of PAIRS) await insertPair(db, caller, code);
      });
      const prepared = prepare(engine, (db, value: Placeholders<{ pairs: readonly (readonly [string, string])[] }>) =>
        db
          .selectFrom('attempts')
          .select(['caller', 'code'])
          .where(dialect.areAmong([sql.ref('caller'), sql.ref('code')], value('pairs')))
          .orderBy('number'),
      );
      const among = async (pairs: readonly (readonly [string, string])[]) =>
        (await prepared.all(engine.reads, { pairs })).map(({ caller, code }) => [caller, code]);
      expect(await among([])).toEqual([]);
      expect(await among([PAIRS[0]])).toEqual([PAIRS[0]]);
      expect(await among([...PAIRS, ['a', 'unknown']])).toEqual(PAIRS);
      expect(
        await among([
          ['a', 'y'],
          ['b', 'x'],
        ]),
      ).toEqual([]);
    });

    it('has the lesser and the greater of two values, and ignores null', async () => {
      const { least, greatest } = engine.dialect;
      const of = async (one: number | null, other: number | null) => {
        const [left, right] = [integer(one), integer(other)];
        const { rows } = await sql<{ least: number | null; greatest: number | null }>`
          select ${least(left, right)} as least, ${greatest(left, right)} as greatest`.execute(engine.reads);
        return [rows[0]?.least, rows[0]?.greatest];
      };
      expect(await of(1, 2)).toEqual([1, 2]);
      expect(await of(10, 9)).toEqual([9, 10]);
      expect(await of(null, 3)).toEqual([3, 3]);
      expect(await of(3, null)).toEqual([3, 3]);
      expect(await of(null, null)).toEqual([null, null]);
    });

    it('draws each number of the sequence once, in ascending order, also for two processes', async () => {
      const { dialect } = engine;
      const other = await opened().openAgain();
      const draws = await Promise.all(
        [engine, other, engine, other].map((drawing, index) =>
          drawing.transaction((db) => dialect.nextNumbers(db, index + 1)),
        ),
      );
      expect(draws.map((numbers) => numbers.length)).toEqual([1, 2, 3, 4]);
      for (const numbers of draws) expect(numbers).toEqual(numbers.toSorted((one, next) => one - next));
      expect(new Set(draws.flat()).size).toBe(10);
      expect(await dialect.latestNumber(engine.reads)).toBe(Math.max(...draws.flat()));
      const [next = 0] = await engine.transaction((db) => dialect.nextNumbers(db, 1));
      expect(next).toBeGreaterThan(Math.max(...draws.flat()));
      await other.close();
    });
  });
}

const PAIRS = [
  ['a', 'x'],
  ['b', 'y'],
  [`it's`, '{"x",y}'],
] as const;

async function insertPair(db: Db, caller: string, code: string): Promise<void> {
  const attempt = { at: 1, caller, code, customer_id: null, address: null, reason: 'NOT_FOUND' as const };
  await db.insertInto('attempts').values(attempt).execute();
}

/** A parameter whose type PostgreSQL cannot infer. */
function integer(value: number | null): RawBuilder<number | null> {
  return sql<number | null>`cast(${value} as bigint)`;
}
