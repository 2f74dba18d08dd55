/*
 * Compares the cost of a page of 100 rows with many promo codes in the store and with 10,000, in the same run. The pages
 * are spread over the whole list: the first page, and pages after random rows.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PageSlice } from '../../src/store/lists/cursor.ts';
import type { PromotionFilter } from '../../src/store/promotions/promotion-filter.ts';
import type { PromotionSort } from '../../src/store/promotions/promotion-list.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { fillStore } from './many-promotions.ts';

const MANY = Number(process.env.CODES ?? 1_000_000);
const FEW = 10_000;
const PAGES = 40;
const NOW = Date.now();
const DAY = 24 * 60 * 60 * 1000;

const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-bench-'));
const [few, many] = [await filled(FEW), await filled(MANY)];

async function filled(codes: number): Promise<Store> {
  const file = join(folder, `${codes}.db`);
  await fillStore(file, codes, NOW);
  return openStore(file);
}

const SORTS: PromotionSort[] = ['CREATED_AT_DESC', 'CREATED_AT_ASC', 'EXPIRES_AT_ASC', 'REDEEMED_COUNT_DESC'];
const kind = 'PromoCode' as const;
const lists: [
  name: string,
  sorts: PromotionSort[],
  filter: (store: Store) => PromotionFilter | Promise<PromotionFilter>,
][] = [
  ['all', SORTS, () => ({ kind })],
  ['of a provider', SORTS, () => ({ kind, providers: ['DURO'] })],
  ['of a status', SORTS, () => ({ kind, statuses: ['EXHAUSTED'] })],
  [
    'of two accounts and statuses',
    SORTS,
    () => ({ kind, accounts: ['acct_first', 'default'], statuses: ['ACTIVE', 'EXPIRED'] }),
  ],
  ['of a coupon', SORTS, async (store) => ({ kind, couponId: await someCoupon(store) })],
  ['of a month', ['CREATED_AT_DESC'], () => ({ kind, createdAfter: NOW - 60 * DAY, createdBefore: NOW - 30 * DAY })],
  ['ending soon', ['EXPIRES_AT_ASC'], () => ({ kind, expiresBefore: NOW + 30 * DAY })],
  ['of a narrow prefix', SORTS, () => ({ kind, codePrefix: 'save-1x1' })],
  ['of a wide prefix', SORTS, () => ({ kind, codePrefix: 'save-1' })],
  ['ending soon, another order', ['REDEEMED_COUNT_DESC'], () => ({ kind, expiresBefore: NOW + 30 * DAY })],
  ['coupons by name', SORTS, () => ({ kind: 'Coupon', nameContains: 'Campaign 9' })],
];

async function someCoupon({ promotionList }: Store): Promise<string> {
  const { entries } = await promotionList.page(
    { kind: 'Coupon' },
    'CREATED_AT_DESC',
    { limit: 1, backwards: false },
    NOW,
  );
  const [first] = entries;
  if (!first) throw new Error('There is no coupon');
  return first.row.id;
}

/** Positions spread over a list, including its beginning. */
async function placesIn(
  { promotionList }: Store,
  filter: PromotionFilter,
  sort: PromotionSort,
): Promise<Partial<PageSlice>[]> {
  const end = async (backwards: boolean) =>
    (await promotionList.page(filter, sort, { limit: 1, backwards }, NOW)).entries[0]?.position;
  const [first, last] = [await end(false), await end(true)];
  if (!first || !last) return [{}];
  const places = Array.from({ length: PAGES - 1 }, (_, index) => {
    const value = Math.round(first.value + ((last.value - first.value) * index) / PAGES);
    return { after: { sort, value, tie: 0 } };
  });
  return [{}, ...places];
}

/** The median time of a page, in microseconds. */
async function cost(store: Store, filter: PromotionFilter, sort: PromotionSort): Promise<number> {
  const times: number[] = [];
  for (const place of await placesIn(store, filter, sort)) {
    const slice = { ...place, limit: 101, backwards: false };
    await store.promotionList.page(filter, sort, slice, NOW);
    const begun = process.hrtime.bigint();
    await store.promotionList.page(filter, sort, slice, NOW);
    times.push(Number(process.hrtime.bigint() - begun) / 1000);
  }
  times.sort((one, other) => one - other);
  return times[Math.floor(times.length / 2)] ?? 0;
}

process.stdout.write(`${''.padEnd(52)} ${String(FEW).padStart(9)} ${String(MANY).padStart(9)}  ratio\n`);
for (const [name, sorts, filter] of lists) {
  for (const sort of sorts) {
    const floor = await cost(few, await filter(few), sort);
    const measured = await cost(many, await filter(many), sort);
    const figures = [floor, measured].map((time) => `${time.toFixed(0)} µs`.padStart(9)).join(' ');
    process.stdout.write(`${`${name}, ${sort}`.padEnd(52)} ${figures}  ${(measured / floor).toFixed(2)}\n`);
  }
}
for (const store of [few, many]) await store.close();
rmSync(folder, { recursive: true, force: true });
