import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PromotionStatus } from '../../../src/domain/promotion/promotion.ts';
import type { ProviderCoupon } from '../../../src/domain/provider/provider.ts';
import { PromotionList } from '../../../src/store/promotions/promotion-list.ts';
import type { Promotions } from '../../../src/store/promotions/promotions.ts';
import { Statuses } from '../../../src/store/promotions/statuses.ts';
import { Database } from '../../../src/store/sqlite/database.ts';
import { readNow, storeParts } from '../store-parts.ts';

const CODES = 25;
const OWNER = { provider: 'STRIPE_CONNECT', account: 'acct_one' } as const;
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
const COUPON: ProviderCoupon = { ...TERMS, kind: 'Coupon', providerId: 'coupon', name: 'Campaign' };

let folder: string;
let database: Database;
let statuses: Statuses;
let promotions: Promotions;
let promotionList: PromotionList;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'promo-gateway-statuses-'));
  database = await Database.open(join(folder, 'gateway.db'));
  statuses = new Statuses(database, 4);
  ({ promotions } = storeParts(database));
  promotionList = new PromotionList(database, statuses);
  for (let number = 0; number < CODES; number += 1) saveCode(number);
  while (!statuses.update(0));
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

function saveCode(number: number, terms: { expiresAt: number | null } = TERMS): void {
  const restrictions = { customerId: null, planId: null, firstTransactionOnly: false, minimumOrder: null };
  const facts = { ...TERMS, ...restrictions, ...terms, kind: 'PromoCode' as const, providerId: `promo-${number}` };
  save({ ...facts, code: `CODE-${number}`, coupon: COUPON });
}

function save(facts: Parameters<Promotions['save']>[1]): void {
  promotions.save(OWNER, facts, readNow(promotions, 0));
}

/**
 * How many promo codes a list with this status returns and counts, and how many rows have it as their stored status.
 */
async function counts(status: PromotionStatus, now: number) {
  const filter = { kind: 'PromoCode', statuses: [status] } as const;
  const page = await promotionList.page(filter, 'CREATED_AT_DESC', { limit: 100, backwards: false }, now);
  const stored = database.sqlite
    .prepare<[string], { total: number }>(
      "SELECT count(*) AS total FROM promotions WHERE kind = 'PromoCode' AND status = ?",
    )
    .get(status)?.total;
  const { rows: counted } = await promotionList.count(filter, now);
  return { listed: page.entries.length, counted, stored };
}

it('lists are correct immediately after a coupon changes, and its codes are recomputed in batches', async () => {
  save({ ...COUPON, active: false });
  const first = await counts('INACTIVE', 0);
  expect(first).toMatchObject({ listed: CODES, counted: CODES });
  expect(first.stored).toBeLessThan(CODES);
  expect(await counts('ACTIVE', 0)).toMatchObject({ listed: 0, counted: 0 });
  while (!statuses.update(0));
  expect(await counts('INACTIVE', 0)).toEqual({ listed: CODES, counted: CODES, stored: CODES });
});

it('a coupon that changes again while its codes are recomputed starts from the beginning', async () => {
  save({ ...COUPON, active: false });
  statuses.update(0);
  save(COUPON);
  while (!statuses.update(0));
  expect(await counts('ACTIVE', 0)).toEqual({ listed: CODES, counted: CODES, stored: CODES });
});

it('lists are correct immediately when many codes expire, and stored statuses follow', async () => {
  for (let number = 0; number < CODES; number += 1) saveCode(number, { expiresAt: 1000 });
  while (!statuses.update(999));
  expect(await counts('ACTIVE', 999)).toEqual({ listed: CODES, counted: CODES, stored: CODES });
  const first = await counts('EXPIRED', 1000);
  expect(first).toMatchObject({ listed: CODES, counted: CODES });
  expect(first.stored).toBeLessThan(CODES);
  while (!statuses.update(1000));
  expect((await counts('EXPIRED', 1000)).stored).toBe(CODES);
});

it('the expiry of a coupon changes the status of its codes', async () => {
  save({ ...COUPON, expiresAt: 1000 });
  while (!statuses.update(0));
  expect(statuses.isCurrent(999)).toBe(true);
  expect(statuses.isCurrent(1000)).toBe(false);
  while (!statuses.update(1000));
  expect(await counts('EXPIRED', 1000)).toEqual({ listed: CODES, counted: CODES, stored: CODES });
});

it('a row that a process with a fast clock has changed early is shown with its current status', async () => {
  for (let number = 0; number < CODES; number += 1) saveCode(number, { expiresAt: 1000 });
  while (!statuses.update(1000));
  expect((await counts('EXPIRED', 999)).listed).toBe(0);
});

it('statuses follow a clock that was ahead and is corrected', async () => {
  saveCode(0, { expiresAt: 1000 });
  while (!statuses.update(2000));
  expect(await counts('EXPIRED', 2000)).toMatchObject({ listed: 1 });
  while (!statuses.update(500));
  expect(await counts('EXPIRED', 500)).toMatchObject({ listed: 0 });
});
