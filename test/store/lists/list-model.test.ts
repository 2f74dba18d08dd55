import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isInScope } from '../../../src/auth/account-scope.ts';
import { normalizedCode } from '../../../src/domain/codes/code.ts';
import type { Promotion } from '../../../src/domain/promotion/promotion.ts';
import type { ProviderCoupon, ProviderPromoCode } from '../../../src/domain/provider/provider.ts';
import type { Position } from '../../../src/store/lists/cursor.ts';
import type { PromotionFilter } from '../../../src/store/promotions/promotion-filter.ts';
import { PromotionList } from '../../../src/store/promotions/promotion-list.ts';
import { Statuses } from '../../../src/store/promotions/statuses.ts';
import { Database } from '../../../src/store/sqlite/database.ts';
import { createStoreFile } from '../../support/migrated-store.ts';
import { readNow, storeParts } from '../store-parts.ts';
import { type Change, type List, steps, type Terms } from './list-steps.ts';

const RUNS = Number(process.env.MODEL_RUNS ?? 30);

/** A real store that examines, and updates the statuses of, only a few rows at a time. */
async function openSmall(file: string) {
  await createStoreFile(file);
  const database = await Database.open(file);
  database.sqlite.pragma('synchronous = OFF');
  const statuses = new Statuses(database, 2);
  const promotionList = new PromotionList(database, statuses, { few: 2, mostLookedAt: 12 });
  return { database, statuses, promotionList, ...storeParts(database) };
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

function apply({ promotions, uses }: Small, doing: Change, ids: string[], now: number): void {
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
    promotions.save(doing.owner, facts, readNow(promotions, now));
    return;
  }
  const id = ids[doing.at % ids.length];
  if (id === undefined) return;
  if (doing.does === 'set rules') promotions.setRules(id, doing.rules, promotions.sending(now).sentAt);
  const shown = promotions.getPromoCode(id, now);
  if (doing.does === 'use') uses.count({ promotion_id: id, coupon_id: shown?.couponId ?? null }, { uncounted: 1 });
}

it('a list equals all rows filtered and sorted, whatever the pages', {
  timeout: 30_000 + RUNS * 2000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-lists-'));
  let run = 0;
  try {
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        run += 1;
        const small = await openSmall(join(folder, `${run}.db`));
        const ids: string[] = [];
        const known = small.database.sqlite.prepare<[], { id: string }>('SELECT id FROM promotions ORDER BY number');
        let now = 0;
        for (const [changes, listed] of taken) {
          for (const doing of changes) {
            if (doing.does === 'wait') now += 1;
            apply(small, doing, ids, now);
            ids.splice(0, ids.length, ...known.all().map(({ id }) => id));
          }
          const all = ids.flatMap((id) => small.promotions.get(id, now) ?? []);
          const expected = naively(all, listed);
          expect(await walk(small, listed, now)).toEqual(expected);
          const { rows, isExact } = await small.promotionList.count(listed.filter, now);
          if (isExact) expect(rows).toBe(expected.length);
          else expect(rows).toBeLessThanOrEqual(expected.length);
        }
        while (!small.statuses.update(now));
        const stored = small.database.sqlite.prepare<[], { id: string; status: string }>(
          'SELECT id, status FROM promotions',
        );
        for (const { id, status } of stored.all())
          expect([id, status]).toEqual([id, small.promotions.get(id, now)?.status]);
        small.database.close();
      }),
      { numRuns: RUNS },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
