import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PageSlice } from '../../../src/store/lists/cursor.ts';
import { MOST_LOOKED_AT } from '../../../src/store/lists/scan.ts';
import type { PromotionFilter } from '../../../src/store/promotions/promotion-filter.ts';
import type { PromotionSort } from '../../../src/store/promotions/promotion-list.ts';
import type { RedemptionFilter, RedemptionSort } from '../../../src/store/redemptions/redemption-list.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { costsOf, type StatementCost } from '../../support/postgres/statement-costs.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres/test-database.ts';
import { fillLists, HOT_CODE, HOT_COUPON, HOT_CUSTOMER, NOW, RARE_COUPON } from './filled-lists.ts';

/** Of promotions, and of redemptions. */
const ROWS = Number(process.env.PLAN_ROWS ?? 50_000);
const MIDDLE = Math.round(ROWS / 2);
/** One more than the largest page has. */
const PAGE = 101;
/** How many rows a statement may read for a page: a small part of the tables, and more than a list wants at once. */
const MOST_READ = 20 * PAGE;

let database: TestDatabase;
let client: pg.Client;
let store: Store;
beforeAll(async () => {
  database = await createDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  store = await openStore({ url: database.url, directUrl: database.url, poolSize: 4, waitSeconds: 0 });
  await fillLists(client, ROWS);
}, 240_000 + ROWS);
afterAll(async () => {
  await store.close();
  await client.end();
  await database.drop();
});

/** The first page, and the pages next to a row in the middle of the list. */
function slicesAt(value: number): PageSlice[] {
  const middle = { sort: '', value, tie: MIDDLE };
  return [
    { limit: PAGE, backwards: false },
    { limit: PAGE, backwards: false, after: middle },
    { limit: PAGE, backwards: true, before: middle },
  ];
}

/** The statements that cost more than their list may, with their plans. */
function expensive(costs: StatementCost[], mostRead: number): StatementCost[] {
  return costs.filter(
    ({ wholeTables, rowsRead, rowsSorted, blocks, searches }) =>
      wholeTables.some((table) => table === 'promotions' || table === 'redemptions') ||
      rowsRead > mostRead ||
      rowsSorted > MOST_READ ||
      // To find a row takes some pages of an index, and one of the table.
      blocks > 100 + 10 * (rowsRead + searches),
  );
}

/** Expects that each statement for some pages of a list reads few rows. */
async function expectCheapPages(
  page: (slice: PageSlice) => Promise<{ entries: unknown[]; reached: unknown }>,
  middle: number,
) {
  let isEmpty = true;
  for (const slice of slicesAt(middle)) {
    const costs = await costsOf(client, async () => {
      const { entries, reached } = await page(slice);
      // The rows of some lists are farther away than a page looks.
      isEmpty &&= entries.length === 0 && reached === null;
    });
    expect(costs.length).toBeGreaterThan(0);
    expect(expensive(costs, MOST_READ)).toEqual([]);
  }
  expect(isEmpty).toBe(false);
}

/** Expects that the statements for the count of a list read no more rows than are counted at most. */
async function expectCheapCount(count: () => Promise<{ rows: number }>) {
  const costs = await costsOf(client, async () => expect((await count()).rows).toBeGreaterThan(0));
  expect(costs.length).toBeGreaterThan(0);
  expect(expensive(costs, MOST_LOOKED_AT + MOST_READ)).toEqual([]);
}

/** The value of a row in the middle of a sort. Most promotions never end. */
const MIDDLES: Record<PromotionSort, number> = {
  CREATED_AT_DESC: MIDDLE,
  CREATED_AT_ASC: MIDDLE,
  EXPIRES_AT_ASC: Number.MAX_SAFE_INTEGER,
  REDEEMED_COUNT_DESC: 25,
};
const PROMOTION_SORTS: PromotionSort[] = ['CREATED_AT_DESC', 'CREATED_AT_ASC', 'EXPIRES_AT_ASC', 'REDEEMED_COUNT_DESC'];
const SCOPE = [{ provider: 'STRIPE_CONNECT', account: 'acct_1' }] as const;

const PROMOTION_FILTERS: [name: string, filter: Omit<PromotionFilter, 'kind'>][] = [
  ['all', {}],
  ['of a provider', { providers: ['STRIPE_CONNECT'] }],
  ['of an account', { accounts: ['acct_1'] }],
  ['of an account scope', { accountScope: SCOPE }],
  ['of a common status', { statuses: ['ACTIVE'] }],
  ['of a rare status', { statuses: ['SCHEDULED'] }],
  [
    'of a provider, accounts and statuses',
    { providers: ['DURO'], accounts: ['acct_0', 'acct_2'], statuses: ['ACTIVE', 'EXPIRED'] },
  ],
  ['created late', { createdAfter: ROWS - 500 }],
  ['created early', { createdBefore: 500 }],
  ['created in the middle', { createdAfter: MIDDLE - 2000, createdBefore: MIDDLE + 2000 }],
  ['that end soon', { expiresBefore: NOW + 500 }],
  ['that have ended or end', { expiresBefore: NOW + ROWS }],
  ['of a rare status that have ended or end', { expiresBefore: NOW + ROWS, statuses: ['INACTIVE'] }],
];
const CODE_FILTERS: typeof PROMOTION_FILTERS = [
  ['of a hot coupon', { couponId: HOT_COUPON }],
  ['of a hot coupon with a rare status', { couponId: HOT_COUPON, statuses: ['INACTIVE'] }],
  ['of a coupon', { couponId: RARE_COUPON }],
  ['of a code', { code: `code${MIDDLE + 1}` }],
  ['of a narrow code prefix', { codePrefix: `code${Math.round(ROWS / 1000)}` }],
  ['of a wide code prefix', { codePrefix: 'code' }],
  ['of a wide code prefix and a rare status', { codePrefix: 'code', statuses: ['SCHEDULED'] }],
];

const PROMOTION_LISTS: { name: string; filter: PromotionFilter }[] = [
  ...[...PROMOTION_FILTERS, ...CODE_FILTERS].map(([name, filter]) => ({
    name: `promo codes ${name}`,
    filter: { kind: 'PromoCode' as const, ...filter },
  })),
  ...PROMOTION_FILTERS.map(([name, filter]) => ({
    name: `coupons ${name}`,
    filter: { kind: 'Coupon' as const, ...filter },
  })),
];

const REDEMPTION_FILTERS: [name: string, filter: RedemptionFilter][] = [
  ['all', {}],
  ['of an account scope', { accountScope: SCOPE }],
  ['of a common status', { statuses: ['REDEEMED'] }],
  ['of a rare status', { statuses: ['HELD'] }],
  ['of a hot promo code', { promotionId: HOT_CODE }],
  ['of a hot promo code with a common status', { promotionId: HOT_CODE, statuses: ['REDEEMED'] }],
  ['of a hot promo code with a rare status', { promotionId: HOT_CODE, statuses: ['HELD'] }],
  ['of a hot promo code in a period', { promotionId: HOT_CODE, createdAfter: 100, createdBefore: 1000 }],
  ['of a hot promo code and an account scope', { promotionId: HOT_CODE, accountScope: SCOPE }],
  ['of a hot coupon', { promotionId: HOT_COUPON }],
  ['of a hot coupon with a rare status', { promotionId: HOT_COUPON, statuses: ['HELD', 'EXPIRED'] }],
  ['of a promo code', { promotionId: 'filled 11' }],
  ['of a hot customer', { customerId: HOT_CUSTOMER }],
  ['of a hot customer and a hot promo code', { customerId: HOT_CUSTOMER, promotionId: HOT_CODE }],
  ['of a hot customer with a rare status', { customerId: HOT_CUSTOMER, statuses: ['HELD'] }],
  ['of a customer', { customerId: `customer ${Math.round(ROWS / 6)}` }],
  ['of an order', { orderId: `order ${Math.round(ROWS / 4)}` }],
  ['of an order and a hot customer', { orderId: 'order 20', customerId: HOT_CUSTOMER }],
  ['created late', { createdAfter: ROWS - 500 }],
  ['created early', { createdBefore: 500 }],
  ['redeemed late', { redeemedAfter: ROWS - 500 }],
  ['redeemed early', { redeemedBefore: 500 }],
];
const REDEMPTION_SORTS: RedemptionSort[] = ['CREATED_AT_DESC', 'REDEEMED_AT_DESC'];

// In this order: statistics stay.
describe.each<[string, () => Promise<unknown>]>([
  ['without statistics', async () => {}],
  ['with statistics', () => client.query('VACUUM (ANALYZE) promotions, redemptions')],
])(`in tables of ${ROWS} rows, %s,`, (_, arrange) => {
  beforeAll(arrange, 240_000 + ROWS);

  it.each(PROMOTION_LISTS)('the count of $name reads few rows', async ({ filter }) => {
    await expectCheapCount(() => store.promotionList.count(filter, NOW));
  });

  it.each(REDEMPTION_FILTERS)('the count of redemptions %s reads few rows', async (_, filter) => {
    await expectCheapCount(() => store.redemptionList.count(filter, NOW));
  });

  describe.each(PROMOTION_SORTS)('by %s,', (sort) => {
    it.each(PROMOTION_LISTS)('the pages of $name read few rows', async ({ filter }) => {
      await expectCheapPages((slice) => store.promotionList.page(filter, sort, slice, NOW), MIDDLES[sort]);
    });
  });

  describe.each(REDEMPTION_SORTS)('by %s,', (sort) => {
    it.each(REDEMPTION_FILTERS)('the pages of redemptions %s read few rows', async (_, filter) => {
      await expectCheapPages((slice) => store.redemptionList.page(filter, NOW, slice, sort), MIDDLE);
    });
  });
});
