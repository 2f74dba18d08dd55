import Sqlite from 'better-sqlite3';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { promotionId } from '../../../src/domain/promotion/identity.ts';
import type { ProviderCoupon, ProviderPromoCode } from '../../../src/domain/provider/provider.ts';
import type { PageSlice } from '../../../src/store/lists/cursor.ts';
import { legRows, type Scan } from '../../../src/store/lists/scan.ts';
import { Turns } from '../../../src/store/lists/turns.ts';
import type { PromotionFilter } from '../../../src/store/promotions/promotion-filter.ts';
import { PromotionList, type PromotionSort } from '../../../src/store/promotions/promotion-list.ts';
import { Statuses } from '../../../src/store/promotions/statuses.ts';
import {
  type RedemptionFilter,
  RedemptionList,
  type RedemptionSort,
} from '../../../src/store/redemptions/redemption-list.ts';
import { storeOver } from '../../../src/store/store.ts';
import { readNow } from '../store-parts.ts';
import { openTestSqlite } from '../test-engines.ts';

let opened: Awaited<ReturnType<typeof openTestSqlite>>;
let sqlite: Sqlite.Database;
let promotions: PromotionList;
let redemptions: RedemptionList;
beforeAll(async () => {
  opened = await openTestSqlite();
  sqlite = new Sqlite(opened.file, { readonly: true });
  const { engine } = opened;
  const turns = new Turns(engine.snapshotsAtOnce);
  promotions = new PromotionList(engine, turns, new Statuses(engine, turns));
  redemptions = new RedemptionList(engine, turns);
  // Accounts without rows are left out of a scan.
  const store = storeOver(engine);
  const moment = await readNow(store.promotions, 0);
  await engine.transaction(async (db) => {
    for (const provider of ['DURO', 'STRIPE_CONNECT'] as const) {
      for (const account of ['default', 'acct_one']) {
        await store.promotions.save({ provider, account }, COUPON_FACTS, moment, db);
        await store.promotions.save({ provider, account }, CODE_FACTS, moment, db);
      }
    }
  });
});
afterAll(async () => {
  sqlite.close();
  await opened.remove();
});

const NOW = 1_000_000;
const COUPON = promotionId({ kind: 'Coupon', provider: 'STRIPE_CONNECT', account: 'acct_one', providerId: 'coupon' });
const TERMS = {
  discount: { kind: 'PERCENTAGE', percentage: '10' },
  duration: { kind: 'ONCE' },
  active: true,
  maxRedemptions: null,
  redeemedCount: 0,
  startsAt: null,
  expiresAt: null,
  createdAt: 1,
  metadata: null,
} as const;
const COUPON_FACTS: ProviderCoupon = { ...TERMS, kind: 'Coupon', providerId: 'coupon', name: null };
const CODE_FACTS: ProviderPromoCode = {
  ...TERMS,
  kind: 'PromoCode',
  providerId: 'code',
  code: 'CODE',
  coupon: null,
  customerId: null,
  planId: null,
  firstTransactionOnly: false,
  minimumOrder: null,
};
const AFTER = { limit: 101, backwards: false, after: { sort: '', value: 5, tie: 5 } };
const SLICES: [name: string, slice: PageSlice][] = [
  ['the first page', { limit: 101, backwards: false }],
  ['a page after a row', AFTER],
  ['a page before a row', { limit: 101, backwards: true, before: { sort: '', value: 5, tie: 5 } }],
];

/** The queries of a scan: for each leg, from its start and from a row. */
function queriesOf(scan: Scan, slice: PageSlice): { sql: string; parameters: readonly unknown[] }[] {
  return scan.legs.flatMap((leg) =>
    [undefined, { value: sql<number>`${5}`, tie: sql<number>`${5}` }].map((here) =>
      legRows(scan, Object.keys(leg), slice, {
        of: (column) => sql`${leg[column]}`,
        limit: sql<number>`${slice.limit}`,
        ...(here && { here }),
      }).compile(opened.engine.reads),
    ),
  );
}

/** SQLite's query plans for a scan, one line for each step. */
function planOf(scan: Scan, slice: PageSlice): string[] {
  return queriesOf(scan, slice).flatMap((query) =>
    sqlite
      .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${query.sql}`)
      .all(...query.parameters)
      .map(({ detail }) => detail),
  );
}

/** Expects index searches on all leading columns of the index, without a sort. */
function expectSeeks(plan: string[], table: string, columns: RegExp): void {
  const seek = new RegExp(`^SEARCH ${table} USING (COVERING )?INDEX ${table}_\\w+ \\(${columns.source}`);
  const coupon = /^SEARCH coupon USING INDEX sqlite_autoindex_promotions_1 \(id=\?\) LEFT-JOIN$/;
  const others = plan.filter((step) => !seek.test(step) && !coupon.test(step));
  expect(others).toEqual([]);
  expect(plan.some((step) => seek.test(step))).toBe(true);
}

/** All combinations of one value from each list. */
function combinations<Choices extends object>(choices: { [Key in keyof Choices]: Choices[Key][] }): Partial<Choices>[] {
  return Object.entries<unknown[]>(choices).reduce<Partial<Choices>[]>(
    (made, [key, values]) =>
      made.flatMap((one) => values.map((value) => (value === undefined ? one : { ...one, [key]: value }))),
    [{}],
  );
}

const NARROWED = combinations<Omit<PromotionFilter, 'kind'>>({
  providers: [undefined, ['DURO'], ['DURO', 'STRIPE_CONNECT']],
  accounts: [undefined, ['default'], ['default', 'acct_one']],
  statuses: [undefined, ['ACTIVE'], ['ACTIVE', 'EXHAUSTED']],
});

describe.each<[PromotionSort, string]>([
  ['CREATED_AT_DESC', 'created_at'],
  ['CREATED_AT_ASC', 'created_at'],
  ['EXPIRES_AT_ASC', 'ends_at'],
  ['REDEEMED_COUNT_DESC', 'redeemed_count'],
])('promo codes by %s', (sort, value) => {
  const edge = (slice: PageSlice) =>
    slice.after || slice.before ? ` AND \\(${value},tie\\)[<>]\\(\\?,\\?\\)\\)$` : '';

  it.each(SLICES)('%s use indexes in every combination of provider, account and status', async (_, slice) => {
    for (const kind of ['PromoCode', 'Coupon'] as const) {
      for (const filter of NARROWED) {
        const account = filter.accounts ? 'account=\\? AND ' : '';
        const columns = new RegExp(`kind=\\? AND provider=\\? AND ${account}status=\\?${edge(slice)}`);
        const { scan } = await promotions.scanOf({ kind, ...filter }, sort, NOW);
        expectSeeks(planOf(scan, slice), 'promotions', columns);
      }
    }
  });

  it.each(SLICES)('%s of a coupon use an index in every combination', async (_, slice) => {
    for (const filter of NARROWED.filter((filter) => filter.providers?.[0] !== 'DURO' && !filter.accounts)) {
      const columns = new RegExp(`coupon_id=\\? AND status=\\?${edge(slice)}`);
      const { scan } = await promotions.scanOf({ kind: 'PromoCode', couponId: COUPON, ...filter }, sort, NOW);
      expectSeeks(planOf(scan, slice), 'promotions', columns);
    }
  });
});

describe.each<[string, PromotionSort[], Partial<PromotionFilter>, string]>([
  ['created after an instant', ['CREATED_AT_DESC', 'CREATED_AT_ASC'], { createdAfter: 1 }, 'created_at'],
  ['created before an instant', ['CREATED_AT_DESC', 'CREATED_AT_ASC'], { createdBefore: 9 }, 'created_at'],
  ['ending before an instant', ['EXPIRES_AT_ASC'], { expiresBefore: 9 }, 'ends_at'],
])('promo codes %s', (_, sorts, range, value) => {
  const pages = sorts.flatMap((sort) => SLICES.map(([name, slice]) => ({ sort, name, slice })));

  it.each(pages)('$name sorted by $sort are a range of the index in every combination', async ({ sort, slice }) => {
    for (const filter of NARROWED) {
      const bound = `\\(${value},tie\\)[<>]\\(\\?,\\?\\)`;
      const columns = new RegExp(
        `kind=\\? AND provider=\\? AND (account=\\? AND )?status=\\? AND ${bound}( AND ${bound})?\\)$`,
      );
      const { scan } = await promotions.scanOf({ kind: 'PromoCode', ...range, ...filter }, sort, NOW);
      expectSeeks(planOf(scan, slice), 'promotions', columns);
      // With two bounds on one side, the index might start at the wrong one.
      for (const query of queriesOf(scan, slice))
        expect(query.sql).not.toMatch(/promotions\.(created_at|ends_at) [<>]/);
    }
  });
});

it('a range of few rows is read from its index and sorted', async () => {
  const { scan } = await promotions.scanOf({ kind: 'PromoCode', codePrefix: 'save' }, 'CREATED_AT_DESC', NOW);
  const once = [
    'SCAN jsonb_each VIRTUAL TABLE INDEX 1:',
    'SEARCH promotions USING INTEGER PRIMARY KEY (rowid=?)',
    'USE TEMP B-TREE FOR ORDER BY',
  ];
  expect(planOf(scan, AFTER)).toEqual([...once, ...once]);
});

describe.each<[RedemptionSort, string, keyof RedemptionFilter]>([
  ['CREATED_AT_DESC', 'created_at', 'createdAfter'],
  ['REDEEMED_AT_DESC', 'redeemed_order', 'redeemedAfter'],
])('redemptions by %s', (sort, value, after) => {
  const filters = combinations<RedemptionFilter>({
    promotionId: [undefined, COUPON],
    customerId: [undefined, 'cus_one'],
    statuses: [undefined, ['REDEEMED'], ['HELD', 'REDEEMED']],
    createdAfter: [undefined, 1],
    redeemedAfter: [undefined, 1],
    redeemedBefore: [undefined, 9],
  });

  it.each(SLICES)('%s use indexes in every combination', (_, slice) => {
    for (const filter of filters) {
      const bounds = filter[after] !== undefined || slice.after || slice.before ? ` AND ${value}[<>]` : '';
      const owner = '(promotion_id=\\? AND |coupon_id=\\? AND )?status=\\?|customer_id=\\?';
      expectSeeks(planOf(redemptions.scanOf(filter, sort), slice), 'redemptions', new RegExp(`(${owner})${bounds}`));
    }
  });

  it.each(SLICES)('%s of an order use an index', (_, slice) => {
    for (const filter of filters) {
      const plan = planOf(redemptions.scanOf({ ...filter, orderId: 'order-1' }, sort), slice);
      expect(plan[0]).toMatch(/^SEARCH redemptions USING (COVERING )?INDEX redemptions_by_order_id \(order_id=\?/);
    }
  });
});
