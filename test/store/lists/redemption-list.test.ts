import fc from 'fast-check';
import type { Insertable } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isInScope, type ScopedAccount } from '../../../src/domain/promotion/account-scope.ts';
import { parsePromotionId, promotionId } from '../../../src/domain/promotion/identity.ts';
import type { ProviderCoupon } from '../../../src/domain/provider/provider.ts';
import { REDEMPTION_STATUSES } from '../../../src/domain/redemption/redemption.ts';
import type { Position } from '../../../src/store/lists/cursor.ts';
import type {
  RedemptionFilter,
  RedemptionList,
  RedemptionSort,
} from '../../../src/store/redemptions/redemption-list.ts';
import type { RedemptionTable } from '../../../src/store/redemptions/redemption-table.ts';
import { storeOver } from '../../../src/store/store.ts';
import type { RedemptionRow } from '../../../src/store/tables.ts';
import { readNow } from '../store-parts.ts';
import { CHOSEN_ENGINES, type TestEngine } from '../test-engines.ts';

const RUNS = Number(process.env.MODEL_RUNS ?? 300);
/** PostgreSQL takes several times as long, mostly for round trips. */
const RUNS_OF = new Map([['PostgreSQL', Math.ceil(RUNS / 6)]]);
const OWNERS = {
  'code-0': { provider: 'DURO', account: 'default', providerId: 'code-0' },
  'code-1': { provider: 'STRIPE_CONNECT', account: 'acct_one', providerId: 'code-1' },
  'code-2': { provider: 'STRIPE_CONNECT', account: 'acct_two', providerId: 'code-2' },
  coupon: { provider: 'STRIPE_CONNECT', account: 'acct_one', providerId: 'coupon' },
} as const;
const CODES = ['code-0', 'code-1', 'code-2'] as const;
/** Some holds have ended by now, some have not, and some never end. */
const NOW = 50;
const HOLD_ENDS = [null, 40, 60];

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
function use(number: number): Insertable<RedemptionTable> {
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
    held_until: number % 4 === 0 ? (HOLD_ENDS[number % 3] ?? null) : null,
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

function hasLapsed({ status, held_until }: RedemptionRow, now: number): boolean {
  return status === 'HELD' && held_until !== null && held_until <= now;
}

function fits(row: RedemptionRow, filter: RedemptionFilter, now: number): boolean {
  const { promotionId: id } = filter;
  const owner = parsePromotionId(row.promotion_id);
  return (
    (id === undefined || row.promotion_id === id || row.coupon_id === id) &&
    owner !== null &&
    isInScope(filter.accountScope ?? null, owner) &&
    (filter.statuses?.includes(hasLapsed(row, now) ? 'EXPIRED' : row.status) ?? true) &&
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

interface Walk {
  sort: RedemptionSort;
  limit: number;
  backwards: boolean;
}

const walks: fc.Arbitrary<Walk> = fc.record({
  sort: fc.constantFrom('CREATED_AT_DESC', 'REDEEMED_AT_DESC'),
  limit: fc.integer({ min: 1, max: 50 }),
  backwards: fc.boolean(),
});
const times = fc.constantFrom(0, NOW, 100);

describe.each(CHOSEN_ENGINES)('redemptions on %s', (name, open) => {
  let opened: TestEngine;
  let list: RedemptionList;
  let all: RedemptionRow[];
  beforeAll(async () => {
    opened = await open();
    const { engine } = opened;
    const { promotions, redemptionList } = storeOver(engine);
    list = redemptionList;
    const moment = await readNow(promotions, 1);
    await engine.transaction(async (db) => {
      for (const owner of Object.values(OWNERS)) {
        await promotions.save(owner, coupon(owner.providerId), moment, db);
      }
      const uses = Array.from({ length: 300 }, (_, number) => use(number));
      for (const row of uses) await db.insertInto('redemptions').values(row).execute();
    });
    all = await engine.reads.selectFrom('redemptions').selectAll().execute();
  });
  afterAll(() => opened.remove());

  /** The numbers of all rows, in the order of the list. */
  async function walk(filter: RedemptionFilter, now: number, { sort, limit, backwards }: Walk): Promise<number[]> {
    const found: number[] = [];
    let place: Position | undefined;
    do {
      const slice = { limit, backwards, ...(place && (backwards ? { before: place } : { after: place })) };
      const { entries } = await list.page(filter, now, slice, sort);
      found.push(...entries.map(({ row }) => row.number));
      place = entries.length === limit ? entries.at(-1)?.position : undefined;
    } while (place);
    return backwards ? found.reverse() : found;
  }

  it('are listed in order and once each, whatever the filters and pages', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(filter, times, walks, async (narrowed, now, walked) => {
        const order = ORDERS[walked.sort];
        const expected = all
          .filter((row) => fits(row, narrowed, now))
          .sort((one, other) => order(other)[0] - order(one)[0] || order(other)[1] - order(one)[1])
          .map(({ number }) => number);
        expect(await walk(narrowed, now, walked)).toEqual(expected);
        expect(await list.count(narrowed, now)).toEqual({ rows: expected.length, isExact: true });
      }),
      { numRuns: RUNS_OF.get(name) ?? RUNS },
    );
  });

  it('that are held are counted without those that have ended', async () => {
    const held = all.filter((row) => row.status === 'HELD');
    for (const now of [0, NOW, 100]) {
      const holds = held.filter((row) => !hasLapsed(row, now)).length;
      expect(await list.holds(now)).toBe(holds);
      expect(await list.count({ statuses: ['HELD'] }, now)).toEqual({ rows: holds, isExact: true });
    }
  });
});
