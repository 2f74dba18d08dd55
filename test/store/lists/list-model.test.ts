import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizedCode } from '../../../src/domain/codes/code.ts';
import { isInScope } from '../../../src/domain/promotion/account-scope.ts';
import type { Promotion } from '../../../src/domain/promotion/promotion.ts';
import type { ProviderCoupon, ProviderPromoCode } from '../../../src/domain/provider/provider.ts';
import type { Engine } from '../../../src/store/engines/engine.ts';
import type { Position } from '../../../src/store/lists/cursor.ts';
import { Turns } from '../../../src/store/lists/turns.ts';
import type { PromotionFilter } from '../../../src/store/promotions/promotion-filter.ts';
import { PromotionList } from '../../../src/store/promotions/promotion-list.ts';
import { Statuses } from '../../../src/store/promotions/statuses.ts';
import { storeOver } from '../../../src/store/store.ts';
import { readNow } from '../store-parts.ts';
import { CHOSEN_ENGINES, type TestEngine } from '../test-engines.ts';
import { type Change, type List, type Steps, steps, type Terms } from './list-steps.ts';

const RUNS = Number(process.env.MODEL_RUNS ?? 30);

/** PostgreSQL takes several times as long, mostly for round trips. */
const RUNS_OF = new Map([['PostgreSQL', Math.ceil(RUNS / 6)]]);

/** A real store that examines, and updates the statuses of, only a few rows at a time. */
async function openSmall(open: () => Promise<TestEngine>) {
  const { engine, remove } = await open();
  const turns = new Turns(engine.snapshotsAtOnce);
  const statuses = new Statuses(engine, turns, 2);
  const promotionList = new PromotionList(engine, turns, statuses, { few: 2, mostLookedAt: 12 });
  return { engine, statuses, promotionList, promotions: storeOver(engine).promotions, remove };
}
type Small = Awaited<ReturnType<typeof openSmall>>;

/** Reads all pages. */
async function walk(
  { promotionList }: Small,
  { filter, sort, limit, backwards }: List,
  now: number,
): Promise<string[]> {
  const ids: string[] = [];
  let place: Position | undefined;
  for (;;) {
    const slice = { limit, backwards, ...(place && (backwards ? { before: place } : { after: place })) };
    const { entries, reached } = await promotionList.page(filter, sort, slice, now);
    expect(entries.length).toBeLessThanOrEqual(limit);
    ids.push(...entries.map(({ row }) => row.id));
    place = reached ?? (entries.length === limit ? entries.at(-1)?.position : undefined);
    if (!place) return backwards ? ids.reverse() : ids;
  }
}

/** The expected list: all promotions, filtered and sorted by their public fields. */
function naively(all: Promotion[], { filter, sort }: List): string[] {
  const value = (one: Promotion) =>
    ({
      CREATED_AT_DESC: -one.createdAt,
      CREATED_AT_ASC: one.createdAt,
      EXPIRES_AT_ASC: one.expiresAt ?? Number.POSITIVE_INFINITY,
      REDEEMED_COUNT_DESC: -one.redeemedCount,
    })[sort];
  const fitting = all.filter((one) => fits(one, filter));
  // Equal rows are in the order of their creation, or in its reverse.
  if (sort.endsWith('DESC')) fitting.reverse();
  return fitting.sort((one, other) => compare(value(one), value(other))).map(({ id }) => id);
}

function compare(one: number, other: number): number {
  return one === other ? 0 : one < other ? -1 : 1;
}

function fits(one: Promotion, filter: PromotionFilter): boolean {
  const code = one.kind === 'PromoCode' ? normalizedCode(one.code) : null;
  const name = one.kind === 'Coupon' ? one.name?.toLowerCase() : null;
  return (
    one.kind === filter.kind &&
    isInScope(filter.accountScope ?? null, one) &&
    (filter.providers?.includes(one.provider) ?? true) &&
    (filter.accounts?.includes(one.account) ?? true) &&
    (filter.statuses?.includes(one.status) ?? true) &&
    (filter.code === undefined || code === normalizedCode(filter.code)) &&
    (filter.codePrefix === undefined || Boolean(code?.startsWith(normalizedCode(filter.codePrefix)))) &&
    (filter.couponId === undefined || (one.kind === 'PromoCode' && one.couponId === filter.couponId)) &&
    (filter.nameContains === undefined || Boolean(name?.includes(filter.nameContains.toLowerCase()))) &&
    (filter.createdAfter === undefined || one.createdAt > filter.createdAfter) &&
    (filter.createdBefore === undefined || one.createdAt < filter.createdBefore) &&
    (filter.expiresBefore === undefined || (one.expiresAt !== null && one.expiresAt < filter.expiresBefore))
  );
}

function couponOf(number: number, facts: Terms): ProviderCoupon {
  return { ...shared(`coupon-${number}`, facts), kind: 'Coupon', name: `Name ${number}` };
}

function shared(providerId: string, facts: Terms) {
  const discount = { kind: 'PERCENTAGE' as const, percentage: '10' };
  return { ...facts, providerId, discount, duration: { kind: 'ONCE' as const }, metadata: null };
}

async function apply({ engine, promotions }: Small, doing: Change, ids: string[], now: number): Promise<void> {
  if (doing.does === 'wait') return;
  if (doing.does === 'save') {
    const { number, coupon } = doing;
    const promoCode: ProviderPromoCode = {
      ...shared(`promo-${number}`, doing.terms),
      kind: 'PromoCode',
      code: `Code-${number}`,
      coupon: coupon === null ? null : couponOf(coupon, doing.couponTerms),
      customerId: null,
      planId: null,
      firstTransactionOnly: false,
      minimumOrder: null,
    };
    const facts = doing.kind === 'Coupon' ? couponOf(number, doing.terms) : promoCode;
    await promotions.save(doing.owner, facts, await readNow(promotions, now));
    return;
  }
  const id = ids[doing.at % ids.length];
  if (id === undefined) return;
  if (doing.does === 'set rules') await promotions.setRules(id, doing.rules, (await promotions.sending(now)).sentAt);
  if (doing.does === 'use') await use(engine, id);
}

/** Adds a redeemed use to a promotion, and to its coupon. */
function use(engine: Engine, id: string): Promise<unknown> {
  return engine.transaction((db) =>
    db
      .updateTable('promotions')
      .set((row) => ({ uncounted: row('uncounted', '+', 1) }))
      .where((row) =>
        row.or([
          row('id', '=', id),
          row('id', '=', row.selectFrom('promotions as code').select('code.coupon_id').where('code.id', '=', id)),
        ]),
      )
      .execute(),
  );
}

describe.each(CHOSEN_ENGINES)('lists of promotions on %s', (name, open) => {
  const runs = RUNS_OF.get(name) ?? RUNS;

  it('equal all rows filtered and sorted, whatever the pages', { timeout: 60_000 + runs * 4000 }, async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const small = await openSmall(open);
        try {
          await check(small, taken);
        } finally {
          await small.remove();
        }
      }),
      { numRuns: runs },
    );
  });
});

/** Takes the steps, and compares each list, and at last the stored statuses, with the promotions. */
async function check(small: Small, taken: Steps): Promise<void> {
  const { engine, promotions, promotionList, statuses } = small;
  const stored = engine.reads.selectFrom('promotions').select(['id', 'status']).orderBy('number');
  const ids: string[] = [];
  let now = 0;
  for (const [changes, listed] of taken) {
    for (const doing of changes) {
      if (doing.does === 'wait') now += 1;
      await apply(small, doing, ids, now);
      ids.splice(0, ids.length, ...(await stored.execute()).map(({ id }) => id));
    }
    const all = (await Promise.all(ids.map((id) => promotions.get(id, now)))).filter((one) => one !== null);
    const expected = naively(all, listed);
    expect(await walk(small, listed, now)).toEqual(expected);
    const { rows, isExact } = await promotionList.count(listed.filter, now);
    if (isExact) expect(rows).toBe(expected.length);
    else expect(rows).toBeLessThanOrEqual(expected.length);
  }
  while (!(await statuses.update(now)));
  for (const { id, status } of await stored.execute()) {
    expect([id, status]).toEqual([id, (await promotions.get(id, now))?.status]);
  }
}
