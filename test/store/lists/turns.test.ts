import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ROWS_IN_A_TURN, Turns } from '../../../src/store/lists/turns.ts';
import { countTurns } from '../../support/count-turns.ts';

/** Runs several pieces of work, each of which uses this many rows. */
function pieces(turns: Turns, count: number, rows: number) {
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      turns.run('shop', () => {
        turns.spend(rows);
        return index;
      }),
    ),
  );
}

it('work that uses up its turn yields the event loop before the next piece', async () => {
  const { result, turns } = await countTurns(pieces(new Turns(1), 50, ROWS_IN_A_TURN));
  expect(result).toEqual(Array.from({ length: 50 }, (_, index) => index));
  expect(turns).toBeGreaterThanOrEqual(49);
});

it('small pieces of work share a turn', async () => {
  const { turns } = await countTurns(pieces(new Turns(1), 50, ROWS_IN_A_TURN / 50));
  expect(turns).toBeLessThanOrEqual(2);
});

it('a piece of work that fails is the only one that does', async () => {
  const turns = new Turns(1);
  turns.spend(ROWS_IN_A_TURN);
  const failing = turns.run('shop', () => {
    throw new Error('It fails');
  });
  const other = turns.run('shop', () => 'done');
  await expect(failing).rejects.toThrow('It fails');
  expect(await other).toBe('done');
});

it('a waiting piece of work belongs to its own operation', async () => {
  const turns = new Turns(1);
  const operation = new AsyncLocalStorage<string>();
  turns.spend(ROWS_IN_A_TURN);
  const names = ['one', 'two', 'three'].map((name) =>
    operation.run(name, () => turns.run('shop', () => operation.getStore())),
  );
  expect(await Promise.all(names)).toEqual(['one', 'two', 'three']);
});

it('a caller with little work waits for one piece of each other caller, not for all of their work', async () => {
  const turns = new Turns(1);
  const done: string[] = [];
  const piece = (caller: string) =>
    turns.run(caller, () => {
      turns.spend(ROWS_IN_A_TURN);
      done.push(caller);
    });
  const many = ['one', 'two'].flatMap((caller) => Array.from({ length: 20 }, () => piece(caller)));
  await piece('honest');
  expect(done.length).toBeLessThanOrEqual(6);
  await Promise.all(many);
  expect(done).toHaveLength(41);
});

it('a piece that runs to its end keeps others waiting, as many as may not run at once', async () => {
  const turns = new Turns(2);
  const ends = [1, 2, 3].map(() => Promise.withResolvers<void>());
  const begun: number[] = [];
  const running = ends.map(({ promise }, index) =>
    turns.runToEnd('shop', async () => {
      begun.push(index);
      await promise;
    }),
  );
  const [first, second, third] = ends;
  await setImmediate();
  expect(begun).toEqual([0, 1]);
  second?.resolve();
  await running[1];
  await setImmediate();
  expect(begun).toEqual([0, 1, 2]);
  first?.reject(new Error('It fails'));
  await expect(running[0]).rejects.toThrow('It fails');
  third?.resolve();
  await Promise.all(running.slice(1));
});

it('a piece that only starts in its turn lets the next one start while it goes on', async () => {
  const turns = new Turns(1);
  const { promise, resolve } = Promise.withResolvers<string>();
  const slow = turns.run('shop', () => promise);
  expect(await turns.run('shop', () => 'next')).toBe('next');
  resolve('slow');
  expect(await slow).toBe('slow');
});
