import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { gathered } from '../../../../src/store/engines/postgres/gathered.ts';

/** Reads that return their key in capitals, and the queries that they became. */
function reads() {
  const queries: (readonly string[])[] = [];
  const read = gathered(async (keys: readonly string[]) => {
    queries.push(keys);
    if (keys.includes('broken')) throw new Error('The query failed');
    return keys.map((key) => key.toUpperCase());
  });
  return { queries, read };
}

it('makes one query of what concurrent callers read, and gives each its own value', async () => {
  const { queries, read } = reads();
  expect(await Promise.all([read('a'), read('b'), read('a')])).toEqual(['A', 'B', 'A']);
  expect(queries).toEqual([['a', 'b', 'a']]);
});

it('reads again for a later caller, because the row may have changed', async () => {
  const { queries, read } = reads();
  await read('a');
  await read('a');
  expect(queries).toEqual([['a'], ['a']]);
});

it('does not wait for an earlier query that gets no answer', async () => {
  const silent = Promise.withResolvers<string[]>();
  const read = gathered(async (keys: readonly string[]) => (keys.includes('silent') ? silent.promise : [...keys]));
  const waiting = read('silent');
  await setImmediate();
  expect(await read('a')).toBe('a');
  silent.resolve(['late']);
  expect(await waiting).toBe('late');
});

it('fails every caller of a query that fails, and no later one', async () => {
  const { read } = reads();
  const results = await Promise.allSettled([read('a'), read('broken')]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await read('a')).toBe('A');
});
