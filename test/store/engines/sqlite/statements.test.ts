import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { AccountScope } from '../../../../src/domain/promotion/account-scope.ts';
import { PROVIDERS, STATUSES } from '../../../../src/domain/promotion/promotion.ts';
import { REDEMPTION_STATUSES } from '../../../../src/domain/redemption/redemption.ts';
import { StatementCache } from '../../../../src/store/engines/sqlite/statement-cache.ts';
import { openStore, type Store } from '../../../../src/store/store.ts';

const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-statements-'));
let store: Store;
beforeAll(async () => {
  store = await openStore(join(folder, 'gateway.db'));
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const NOW = 1_000_000;
const SLICE = { limit: 10, backwards: false };
const upTo = (most: number) => Array.from({ length: most }, (_, index) => index + 1);
const names = (count: number) => Array.from({ length: count }, (_, index) => `acct_${index}`);

/** The different statement texts that queries with lists of each length use. */
async function preparedTexts(most: number, ask: (length: number) => Promise<unknown>): Promise<Set<string>> {
  const prepare = vi.spyOn(Sqlite.prototype, 'prepare');
  for (const length of upTo(most)) await ask(length);
  const texts = new Set(prepare.mock.calls.map(([text]) => text));
  prepare.mockRestore();
  return texts;
}

async function textsOf(most: number, ask: (length: number) => Promise<unknown>): Promise<number> {
  return (await preparedTexts(most, ask)).size;
}

// SQLite would plan the statement again for each run.
it('no statement shows SQLite a value that could change its plan', async () => {
  const texts = await preparedTexts(1, async () => {
    const firstTime = { kind: 'Coupon', nameContains: 'one', createdAfter: 7, statuses: ['EXPIRED'] } as const;
    await store.promotionList.page(firstTime, 'REDEEMED_COUNT_DESC', { limit: 3, backwards: true }, NOW);
  });
  expect(texts.size).toBeGreaterThan(0);
  expect([...texts].filter((text) => /(?<!\+)\?/.test(text))).toEqual([]);
});

const promotionFilters: [what: string, most: number, filter: (length: number) => object][] = [
  ['accounts', 30, (length) => ({ accounts: names(length) })],
  ['accounts of one provider', 30, (length) => ({ providers: ['DURO'], accounts: names(length) })],
  ['providers', PROVIDERS.length, (length) => ({ providers: PROVIDERS.slice(0, length) })],
  ['statuses', STATUSES.length, (length) => ({ statuses: STATUSES.slice(0, length) })],
  ['accounts that an API key is bound to', 30, (length) => ({ accountScope: scopeOf(length) })],
];

function scopeOf(length: number): AccountScope {
  return [
    { provider: 'DURO', account: null },
    ...names(length - 1).map((account) => ({ provider: 'FLEXPRICE' as const, account })),
  ];
}

it.each(promotionFilters)(
  'lists of promotions use the same statements for any number of %s',
  async (_, most, filter) => {
    const list = store.promotionList;
    const ask = async (length: number) => {
      const narrowed = { kind: 'PromoCode' as const, ...filter(length) };
      await list.page(narrowed, 'CREATED_AT_DESC', SLICE, NOW);
      await list.page({ ...narrowed, createdAfter: 1 }, 'EXPIRES_AT_ASC', SLICE, NOW);
      await list.count(narrowed, NOW);
    };
    // A scope with single accounts and a whole provider uses other indexes.
    await ask(2);
    expect(await textsOf(most, ask)).toBe(0);
  },
);

it('lists of redemptions use the same statements for any number of statuses', async () => {
  const list = store.redemptionList;
  const ask = async (length: number) => {
    const filter = { statuses: REDEMPTION_STATUSES.slice(0, length), accountScope: scopeOf(length) };
    await list.page(filter, NOW, SLICE);
    await list.page({ ...filter, customerId: 'cus_one' }, NOW, SLICE);
    await list.count(filter, NOW);
  };
  await ask(1);
  expect(await textsOf(REDEMPTION_STATUSES.length, ask)).toBe(0);
});

it('look-ups of several objects and provider events use the same statements for any number', async () => {
  const { promotions, redemptions } = store;
  const ask = async (length: number) => {
    await promotions.getMany(names(length), NOW);
    await redemptions.getMany(names(length), NOW);
    await promotions.markDue('DURO', {
      planIds: names(length),
      subscriptionIds: names(31 - length),
      promotionIds: [],
      couponIds: names(length),
    });
  };
  // A single object has a statement of its own.
  for (const length of [1, 2]) await ask(length);
  expect(await textsOf(30, ask)).toBe(0);
});

it('the statement cache is limited by text size, and evicts the least recently used', () => {
  const text = (name: string) => `select ${name} from (select 1 as a, 2 as b, 3 as c)`;
  const sqlite = new Sqlite(':memory:');
  const cache = new StatementCache(sqlite, 2 * text('a').length);
  const first = cache.get(text('a'));
  const second = cache.get(text('b'));
  expect(cache.get(text('a'))).toBe(first);
  cache.get(text('c'));
  expect(cache.get(text('a'))).toBe(first);
  expect(cache.get(text('b'))).not.toBe(second);
  expect(cache.get(`${text('a')} -- ${'x'.repeat(200)}`).all()).toEqual([{ a: 1 }]);
  expect(cache.get(text('a'))).toBe(first);
  sqlite.close();
});
