import Sqlite from 'better-sqlite3';
import type { PromotionKey } from '../../src/domain/promotion/identity.ts';
import type { ProviderName } from '../../src/domain/promotion/promotion.ts';
import { nextStatusChange, type StatusFacts, statusAt } from '../../src/domain/promotion/status.ts';
import { providerColumns } from '../../src/store/promotions/promotion-rows.ts';
import type { WholeCoupon, WholePromoCode } from '../../src/store/promotions/whole-facts.ts';
import { openStore } from '../../src/store/store.ts';

type CouponFacts = ReturnType<typeof coupon>;
type Facts = (WholePromoCode | WholeCoupon) & StatusFacts;

/** Writes a row as the store would, with its status. */
type Insert = (key: PromotionKey, facts: Facts, coupon: Facts | null, now: number) => void;

const OWNERS: { provider: ProviderName; account: string }[] = [
  { provider: 'DURO', account: 'default' },
  { provider: 'FLEXPRICE', account: 'default' },
  { provider: 'STRIPE_CONNECT', account: 'acct_first' },
  { provider: 'STRIPE_CONNECT', account: 'acct_second' },
];
const HOUR = 60 * 60 * 1000;
const YEAR = 365 * 24 * HOUR;
const CODES_OF_A_COUPON = 1000;

/**
 * Fills a store without promotions with promo codes of every provider and status. Half of them belong to coupons. The
 * same number gives the same codes.
 * @returns the number of promotions
 */
export function fillStore(file: string, codes: number, now = Date.now()): Promise<number> {
  return insertMany(file, (insert) => insertAll(insert, codes, now));
}

/**
 * Inserts the promotions of a new store in one transaction. Creates the indexes afterwards, which is much faster.
 * @returns the number of promotions
 */
export async function insertMany(file: string, work: (insert: Insert) => void): Promise<number> {
  const store = await openStore(file);
  await store.close();
  const sqlite = new Sqlite(file);
  const total = sqlite.prepare<[], { total: number }>('SELECT count(*) AS total FROM promotions');
  if (total.get()?.total !== 0) {
    sqlite.close();
    throw new Error(`${file} has promotions already; name another file in DATABASE_URL`);
  }
  sqlite.pragma('synchronous = OFF');
  sqlite.pragma('journal_mode = MEMORY');
  sqlite.pragma('cache_size = -500000');
  const indexes = sqlite
    .prepare<[], { name: string; sql: string }>(
      "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'promotions' AND sql IS NOT NULL",
    )
    .all();
  for (const { name } of indexes) sqlite.exec(`DROP INDEX ${name}`);
  sqlite.transaction(() => work(inserter(sqlite)))();
  for (const { sql } of indexes) sqlite.exec(sql);
  const made = total.get()?.total ?? 0;
  // The next process that opens the store switches back to a write-ahead log.
  sqlite.close();
  return made;
}

function insertAll(insert: Insert, codes: number, now: number): void {
  const coupons = Math.ceil(codes / CODES_OF_A_COUPON);
  for (let number = 0; number < coupons; number += 1) {
    const owner = ownerOf(number);
    insert({ ...owner, kind: 'Coupon', providerId: `coupon-${number}` }, coupon(number, now), null, now);
  }
  for (let number = 0; number < codes; number += 1) {
    // A code belongs to the account of its coupon.
    const ofCoupon = Math.floor(number / 2) % coupons;
    const couponFacts = number % 2 === 0 ? null : coupon(ofCoupon, now);
    const owner = ownerOf(couponFacts ? ofCoupon : number);
    const facts = promoCode(number, couponFacts, now);
    insert({ ...owner, kind: 'PromoCode', providerId: facts.providerId }, facts, couponFacts, now);
  }
}

function ownerOf(number: number) {
  return OWNERS[spread(number) % OWNERS.length] ?? { provider: 'DURO' as const, account: 'default' };
}

function inserter(sqlite: Sqlite.Database): Insert {
  const statements = new Map<string, (values: unknown[]) => void>();
  return (key, facts, couponFacts, now) => {
    const both = couponFacts ? [facts, couponFacts] : [facts];
    const columns = {
      provider_first_transaction: 0,
      ...providerColumns(key, facts),
      as_of: now,
      read_sequence: 1,
      status: statusAt(now, ...both),
      status_until: nextStatusChange(now, ...both),
    };
    const names = Object.keys(columns);
    const text = `INSERT INTO promotions (${names.join()}) VALUES (${names.map(() => '?').join()})`;
    let run = statements.get(text);
    if (!run) {
      const statement = sqlite.prepare<unknown[]>(text);
      run = (values) => void statement.run(...values);
      statements.set(text, run);
    }
    run(Object.values(columns));
  };
}

/** Pseudo-random numbers, the same in every run. */
function spread(number: number): number {
  let mixed = Math.imul(number + 0x9e3779b9, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function shared(number: number, now: number) {
  const random = spread(number);
  const createdAt = now - (random % YEAR);
  return {
    discount: { kind: 'PERCENTAGE' as const, percentage: String(1 + (random % 90)) },
    duration: { kind: 'ONCE' as const },
    active: random % 11 !== 0,
    maxRedemptions: random % 5 === 0 ? null : 1 + (random % 1000),
    // Most codes that are created in bulk are never redeemed.
    redeemedCount: random % 3 === 0 ? random % 1200 : 0,
    startsAt: random % 13 === 0 ? now + (random % YEAR) : null,
    expiresAt: random % 4 === 0 ? null : now - HOUR + (random % (2 * YEAR)),
    createdAt,
    metadata: null,
  };
}

function coupon(number: number, now: number) {
  const name = `Campaign ${number}`;
  const facts = { ...shared(number, now), maxRedemptions: null, active: number % 7 !== 0 };
  return { ...facts, kind: 'Coupon' as const, providerId: `coupon-${number}`, name };
}

function promoCode(number: number, couponFacts: CouponFacts | null, now: number) {
  return {
    ...shared(number, now),
    kind: 'PromoCode' as const,
    providerId: `promo-${number}`,
    code: `SAVE-${spread(number).toString(36)}-${number.toString(36)}`.toUpperCase(),
    coupon: couponFacts,
    customerId: null,
    planId: null,
    firstTransactionOnly: false,
    minimumOrder: null,
  };
}
