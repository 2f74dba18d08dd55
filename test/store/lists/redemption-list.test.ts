import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isInScope, type ScopedAccount } from '../../../src/auth/account-scope.ts';
import { parsePromotionId, promotionId } from '../../../src/domain/promotion/identity.ts';
import type { ProviderCoupon } from '../../../src/domain/provider/provider.ts';
import { REDEMPTION_STATUSES } from '../../../src/domain/redemption/redemption.ts';
import type { Position } from '../../../src/store/lists/cursor.ts';
import {
  type RedemptionFilter,
  RedemptionList,
  type RedemptionSort,
} from '../../../src/store/redemptions/redemption-list.ts';
import type { Uses } from '../../../src/store/redemptions/uses.ts';
import { Database } from '../../../src/store/sqlite/database.ts';
import type { RedemptionRow } from '../../../src/store/tables.ts';
import { readNow, storeParts } from '../store-parts.ts';

const RUNS = Number(process.env.MODEL_RUNS ?? 300);
const OWNERS = {
  'code-0': { provider: 'DURO', account: 'default', providerId: 'code-0' },
  'code-1': { provider: 'STRIPE_CONNECT', account: 'acct_one', providerId: 'code-1' },
  'code-2': { provider: 'STRIPE_CONNECT', account: 'acct_two', providerId: 'code-2' },
  coupon: { provider: 'STRIPE_CONNECT', account: 'acct_one', providerId: 'coupon' },
} as const;
const CODES = ['code-0', 'code-1', 'code-2'] as const;
const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-redemptions-'));
let database: Database;
let list: RedemptionList;
let all: RedemptionRow[];
beforeAll(async () => {
  database = await Database.open(join(folder, 'gateway.db'));
  list = new RedemptionList(database);
  const { promotions, uses } = storeParts(database);
  for (const owner of Object.values(OWNERS)) promotions.save(owner, coupon(owner.providerId), readNow(promotions, 1));
  database.transaction(() => {
    for (let number = 0; number < 300; number += 1) uses.insert(use(number));
  });
  all = database.rows(database.build.selectFrom('redemptions').selectAll());
});
afterAll(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

type Name = keyof typeof OWNERS;

function idOf(name: Name): string {
  return promotionId({ ...OWNERS[name], kind: 'Coupon' });
}

function coupon(providerId: string): ProviderCoupon {
  return {
    kind: 'Coupon',
    providerId,
    name: null,
    discount: { kind: 'PERCENTAGE', percentage: '10' },
    duration: { kind: 'ONCE' },
    active: true,
    maxRedemptions: null,
    redeemedCount: 0,
    startsAt: null,
    expiresAt: null,
    createdAt: 1,
    metadata: null,
  };
}

/** Few different values, so that many rows have the same sort value. */
function use(number: number): Parameters<Uses['insert']>[0] {
  return {
    ledger_id: `key-${number}`,
    status: REDEMPTION_STATUSES[number % 4] ?? 'HELD',
    promotion_id: idOf(number % 5 === 0 ? 'coupon' : (CODES[number % 3] ?? 'coupon')),
    coupon_id: number % 5 === 0 || number % 3 === 2 ? null : idOf('coupon'),
    provider: null,
    account: null,
    caller: 'shop',
    customer_id: number % 7 === 0 ? null : `cus-${number % 2}`,
    order_id: number % 6 === 0 ? `order-${number % 4}-${number}` : null,
    order_minor: null,
    order_currency: null,
    discount_minor: null,
    discount_currency: null,
    subscription_id: null,
    created_at: (number * 7) % 20,
    held_until: null,
    held_before: null,
    taken_sequence: null,
    hold_before: null,
    redeemed_at: [1, 2].includes(number % 4) ? (number * 11) % 23 : null,
  };
}

const reached = fc.constantFrom<ScopedAccount>(
  { provider: 'DURO', account: 'default' },
  { provider: 'STRIPE_CONNECT', account: 'acct_two' },
  { provider: 'STRIPE_CONNECT', account: null },
);
const narrowing: { [Key in keyof RedemptionFilter]-?: fc.Arbitrary<NonNullable<RedemptionFilter[Key]>> } = {
  accountScope: fc.array(reached, { maxLength: 2 }),
  promotionId: fc.constantFrom(...CODES.map(idOf), idOf('coupon'), 'none'),
  statuses: fc.subarray([...REDEMPTION_STATUSES]),
  customerId: fc.constantFrom('cus-0', 'cus-1'),
  orderId: fc.constantFrom('order-0-0', 'order-2-6', 'order-2-18'),
  createdAfter: fc.integer({ min: 0, max: 20 }),
  createdBefore: fc.integer({ min: 0, max: 20 }),
  redeemedAfter: fc.integer({ min: -1, max: 23 }),
  redeemedBefore: fc.integer({ min: -1, max: 23 }),
};
/** At most a few filters: all of them together would match nothing. */
const filter = fc
  .subarray(Object.keys(narrowing), { maxLength: 3 })
  .chain((keys) =>
    fc.record<RedemptionFilter>(Object.fromEntries(Object.entries(narrowing).filter(([key]) => keys.includes(key)))),
  );

function fits(row: RedemptionRow, filter: RedemptionFilter): boolean {
  const { promotionId: id } = filter;
  const owner = parsePromotionId(row.promotion_id);
  return (
    (id === undefined || row.promotion_id === id || row.coupon_id === id) &&
    owner !== null &&
    isInScope(filter.accountScope ?? null, owner) &&
    (filter.statuses?.includes(row.status) ?? true) &&
    (filter.customerId === undefined || row.customer_id === filter.customerId) &&
    (filter.orderId === undefined || row.order_id === filter.orderId) &&
    (filter.createdAfter === undefined || row.created_at > filter.createdAfter) &&
    (filter.createdBefore === undefined || row.created_at < filter.createdBefore) &&
    (filter.redeemedAfter === undefined || (row.redeemed_at ?? -2) > filter.redeemedAfter) &&
    (filter.redeemedBefore === undefined || (row.redeemed_at ?? 99) < filter.redeemedBefore)
  );
}

/** The sort value, largest first. Uses that were never redeemed come last. */
const ORDERS: Record<RedemptionSort, (row: RedemptionRow) => [number, number]> = {
  CREATED_AT_DESC: (row) => [row.created_at, row.number],
  REDEEMED_AT_DESC: (row) => [row.redeemed_at ?? row.created_at - 1000, row.number],
};

const sorts = fc.constantFrom<RedemptionSort>('CREATED_AT_DESC', 'REDEEMED_AT_DESC');

it('redemptions are listed in order and once each, whatever the filters and pages', async () => {
  await fc.assert(
    fc.asyncProperty(
      filter,
      sorts,
      fc.integer({ min: 1, max: 50 }),
      fc.boolean(),
      async (narrowed, sort, limit, backwards) => {
        const found: number[] = [];
        let place: Position | undefined;
        do {
          const slice = { limit, backwards, ...(place && (backwards ? { before: place } : { after: place })) };
          const { entries } = await list.page(narrowed, slice, sort);
          found.push(...entries.map(({ row }) => row.number));
          place = entries.length === limit ? entries.at(-1)?.position : undefined;
        } while (place);
        const order = ORDERS[sort];
        const expected = all
          .filter((row) => fits(row, narrowed))
          .sort((one, other) => order(other)[0] - order(one)[0] || order(other)[1] - order(one)[1])
          .map(({ number }) => number);
        expect(backwards ? found.reverse() : found).toEqual(expected);
        expect(await list.count(narrowed)).toEqual({ rows: expected.length, isExact: true });
      },
    ),
    { numRuns: RUNS },
  );
});
