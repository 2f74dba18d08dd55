import { afterEach, beforeEach, expect, it } from 'vitest';
import { openPostgres } from '../../../src/store/engines/postgres.ts';
import { storeOver } from '../../../src/store/store.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres/test-database.ts';
import { readNow } from '../store-parts.ts';
import { type OpenedStore, OWNER, promoCodeFacts, useOf } from './two-stores.ts';

const NOW = 1000;
const CODES = ['A', 'B', 'C', 'D', 'E', 'F', 'G'];

let database: TestDatabase;
const opened: OpenedStore[] = [];
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ store }) => store.close()));
  await database.drop();
});

/** @param limit a time limit of the server that is shorter than that of the gateway */
async function open(limit = ''): Promise<OpenedStore> {
  const engine = await openPostgres({ url: `${database.url}?${limit}` });
  const one = { engine, store: storeOver(engine) };
  opened.push(one);
  return one;
}

it.each([
  ['a lock that is not free in time', 'lock_timeout=300', '55P03'],
  ['a statement that takes too long', 'statement_timeout=300', '57014'],
])('%s fails only the commands that wait for the lock', async (_, limit, code) => {
  const locking = await open();
  const { store } = await open(limit);
  const ids = new Map<string, string>();
  for (const name of CODES) {
    ids.set(name, await store.promotions.save(OWNER, promoCodeFacts(name), await readNow(store.promotions, 0)));
  }
  const take = (name: string) => store.ledger.take(useOf(ids.get(name) ?? '', 'ann'), { as: 'REDEEMED' }, null, NOW);
  const names = [...CODES, ...CODES];
  await locking.engine.transaction(async (db) => {
    await locking.store.promotions.withCoupons([ids.get('C') ?? ''], NOW, db, { lock: true });
    const answers = await Promise.allSettled(names.map(take));
    const failed = answers.flatMap((answer, index) => (answer.status === 'rejected' ? [names[index]] : []));
    expect(failed).toEqual(['C', 'C']);
  });
  for (const [name, id] of ids) {
    expect(await store.promotions.countsOf(id), name).toMatchObject({ uncounted: name === 'C' ? 0 : 2 });
  }
  expect(await take('C')).toMatchObject({ kind: 'TAKEN' });
  const held = await locking.engine.transaction(async (db) => {
    await locking.store.promotions.withCoupons([ids.get('C') ?? ''], NOW, db, { lock: true });
    return Promise.allSettled([take('C')]);
  });
  expect(held).toMatchObject([{ status: 'rejected', reason: { code } }]);
});
