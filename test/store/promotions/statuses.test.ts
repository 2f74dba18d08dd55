import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PromotionStatus } from '../../../src/domain/promotion/promotion.ts';
import type { ProviderCoupon, ProviderPromoCode } from '../../../src/domain/provider/provider.ts';
import type { Engine } from '../../../src/store/engines/engine.ts';
import { Turns } from '../../../src/store/lists/turns.ts';
import { PromotionList } from '../../../src/store/promotions/promotion-list.ts';
import type { Promotions } from '../../../src/store/promotions/promotions.ts';
import { Statuses } from '../../../src/store/promotions/statuses.ts';
import { storeOver } from '../../../src/store/store.ts';
import { readNow } from '../store-parts.ts';
import { CHOSEN_ENGINES, type TestEngine } from '../test-engines.ts';

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

function codeOf(number: number, terms: Pick<ProviderPromoCode, 'expiresAt'> = TERMS): ProviderPromoCode {
  const restrictions = { customerId: null, planId: null, firstTransactionOnly: false, minimumOrder: null };
  const facts = { ...TERMS, ...restrictions, ...terms, kind: 'PromoCode' as const, providerId: `promo-${number}` };
  return { ...facts, code: `CODE-${number}`, coupon: COUPON };
}

describe.each(CHOSEN_ENGINES)('stored statuses on %s', (name, open) => {
  let opened: TestEngine;
  let engine: Engine;
  let statuses: Statuses;
  let promotions: Promotions;
  let promotionList: PromotionList;
  beforeEach(async () => {
    opened = await open();
    engine = opened.engine;
    ({ promotions } = storeOver(engine));
    const turns = new Turns(1);
    statuses = new Statuses(engine, turns, 4);
    promotionList = new PromotionList(engine, turns, statuses);
    await saveCodes();
    await updateAll(0);
  });
  afterEach(() => opened.remove());

  async function updateAll(now: number): Promise<void> {
    while (!(await statuses.update(now)));
  }

  async function saveCodes(terms?: Pick<ProviderPromoCode, 'expiresAt'>): Promise<void> {
    const moment = await readNow(promotions, 0);
    await engine.transaction(async (db) => {
      for (let number = 0; number < CODES; number += 1) {
        await promotions.save(OWNER, codeOf(number, terms), moment, db);
      }
    });
  }

  async function save(facts: Parameters<Promotions['save']>[1]): Promise<void> {
    await promotions.save(OWNER, facts, await readNow(promotions, 0));
  }

  /**
   * How many promo codes a list with this status returns and counts, and how many rows have it as their stored status.
   */
  async function counts(status: PromotionStatus, now: number) {
    const filter = { kind: 'PromoCode', statuses: [status] } as const;
    const page = await promotionList.page(filter, 'CREATED_AT_DESC', { limit: 100, backwards: false }, now);
    const rows = engine.reads.selectFrom('promotions').select('id').where('kind', '=', 'PromoCode');
    const stored = (await rows.where('status', '=', status).execute()).length;
    const { rows: counted } = await promotionList.count(filter, now);
    return { listed: page.entries.length, counted, stored };
  }

  it('lists are correct immediately after a coupon changes, and its codes are recomputed in batches', async () => {
    await save({ ...COUPON, active: false });
    const first = await counts('INACTIVE', 0);
    expect(first).toMatchObject({ listed: CODES, counted: CODES });
    expect(first.stored).toBeLessThan(CODES);
    expect(await counts('ACTIVE', 0)).toMatchObject({ listed: 0, counted: 0 });
    await updateAll(0);
    expect(await counts('INACTIVE', 0)).toEqual({ listed: CODES, counted: CODES, stored: CODES });
  });

  it('a coupon that changes again while its codes are recomputed starts from the beginning', async () => {
    await save({ ...COUPON, active: false });
    await statuses.update(0);
    await save(COUPON);
    await updateAll(0);
    expect(await counts('ACTIVE', 0)).toEqual({ listed: CODES, counted: CODES, stored: CODES });
  });

  it('a correction of the clock is followed, even if the first transaction after it fails', async () => {
    let isBroken = false;
    const briefly: Engine['briefly'] = (work) =>
      engine.transaction(async (db) => {
        const result = await work(db);
        if (isBroken) throw new Error('The disk is full');
        return result;
      });
    statuses = new Statuses(Object.create(engine, { briefly: { value: briefly } }), new Turns(1), 4);
    await saveCodes({ expiresAt: 5000 });
    const { signal } = new AbortController();
    await statuses.updateAll(() => 10_000, signal);
    isBroken = true;
    await expect(statuses.updateAll(() => 0, signal)).rejects.toThrow('The disk is full');
    isBroken = false;
    await statuses.updateAll(() => 0, signal);
    const expired = engine.reads.selectFrom('promotions').select('id').where('status', '=', 'EXPIRED');
    expect(await expired.execute()).toEqual([]);
  });

  it('lists are correct immediately when many codes expire, and stored statuses follow', async () => {
    await saveCodes({ expiresAt: 1000 });
    await updateAll(999);
    expect(await counts('ACTIVE', 999)).toEqual({ listed: CODES, counted: CODES, stored: CODES });
    const first = await counts('EXPIRED', 1000);
    expect(first).toMatchObject({ listed: CODES, counted: CODES });
    expect(first.stored).toBeLessThan(CODES);
    await updateAll(1000);
    expect((await counts('EXPIRED', 1000)).stored).toBe(CODES);
  });

  it('the expiry of a coupon changes the status of its codes', async () => {
    await save({ ...COUPON, expiresAt: 1000 });
    await updateAll(0);
    expect(await statuses.isCurrent(999)).toBe(true);
    expect(await statuses.isCurrent(1000)).toBe(false);
    await updateAll(1000);
    expect(await counts('EXPIRED', 1000)).toEqual({ listed: CODES, counted: CODES, stored: CODES });
  });

  it('a row that a process with a fast clock has changed early is shown with its current status', async () => {
    await saveCodes({ expiresAt: 1000 });
    await updateAll(1000);
    expect((await counts('EXPIRED', 999)).listed).toBe(0);
  });

  it('statuses follow a clock that was ahead and is corrected', async () => {
    await save(codeOf(0, { expiresAt: 1000 }));
    await updateAll(2000);
    expect(await counts('EXPIRED', 2000)).toMatchObject({ listed: 1 });
    await updateAll(500);
    expect(await counts('EXPIRED', 500)).toMatchObject({ listed: 0 });
  });

  it('a promo code that changes while its status is computed gets the status of the change', async () => {
    await save({ ...COUPON, active: false });
    await Promise.all([updateAll(0), saveCodes({ expiresAt: 1000 }), updateAll(0), save({ ...COUPON, active: true })]);
    await updateAll(1000);
    expect(await counts('EXPIRED', 1000)).toEqual({ listed: CODES, counted: CODES, stored: CODES });
    await updateAll(999);
    await updateAll(0);
    expect((await counts('EXPIRED', 999)).listed).toBe(0);
  });

  // On SQLite, nothing else is written before a commit.
  if (name !== 'PostgreSQL') return;

  describe('an update of all statuses while another transaction has locked a promo code', () => {
    const { signal } = new AbortController();

    /** Runs work while the row of a promo code is locked. Not in the transaction that has locked it. */
    async function whileLocked(providerId: string, work: () => Promise<void>): Promise<void> {
      const isLocked = Promise.withResolvers<void>();
      const done = isLocked.promise.then(work);
      await engine.transaction(async (db) => {
        await db.selectFrom('promotions').select('id').where('provider_id', '=', providerId).forUpdate().execute();
        isLocked.resolve();
        await done;
      });
    }

    /** Without an update before, as a list makes one. */
    async function countExpired(): Promise<number> {
      const expired = engine.reads.selectFrom('promotions').select('id').where('status', '=', 'EXPIRED');
      return (await expired.execute()).length;
    }

    it('updates all others, and the next update does the rest', async () => {
      await saveCodes({ expiresAt: 1000 });
      await updateAll(999);
      await whileLocked('promo-1', () => statuses.updateAll(() => 1000, signal));
      expect(await countExpired()).toBe(CODES - 1);
      await statuses.updateAll(() => 1000, signal);
      expect(await countExpired()).toBe(CODES);
    });

    it('ends if its coupon has changed, and the next update does the rest', async () => {
      await save({ ...COUPON, active: false });
      await whileLocked('promo-1', () => statuses.updateAll(() => 0, signal));
      expect(await statuses.isCurrent(0)).toBe(false);
      expect(await counts('INACTIVE', 0)).toMatchObject({ listed: CODES, counted: CODES });
      await statuses.updateAll(() => 0, signal);
      expect((await counts('INACTIVE', 0)).stored).toBe(CODES);
    });

    it('waits for the row, because one in constant use is hardly ever free', async () => {
      const isWaiting = Promise.withResolvers<void>();
      // The first batch leaves the row out. The second one waits, here for as long as it must.
      let batches = 0;
      const briefly: Engine['briefly'] = (work) => {
        batches += 1;
        if (batches > CODES) throw new Error('The update does not wait');
        return engine.transaction((db) => {
          isWaiting.resolve();
          return work(db);
        });
      };
      statuses = new Statuses(Object.create(engine, { briefly: { value: briefly } }), new Turns(1));
      await saveCodes({ expiresAt: 1000 });
      const updates: Promise<void>[] = [];
      await whileLocked('promo-1', async () => {
        updates.push(statuses.updateAll(() => 1000, signal));
        await isWaiting.promise;
      });
      await Promise.all(updates);
      expect(await countExpired()).toBe(CODES);
    });
  });

  it('an update waits for no other transaction, and loses no change', async () => {
    await save({ ...COUPON, active: false });
    const isChanged = Promise.withResolvers<void>();
    const updated = isChanged.promise.then(() => statuses.update(0));
    await engine.transaction(async (db) => {
      const expiring = { rule_expires_at: 500, status_until: 0 };
      await db.updateTable('promotions').set(expiring).where('provider_id', 'in', ['coupon', 'promo-1']).execute();
      isChanged.resolve();
      expect(await updated).toBe(false);
    });
    await updateAll(500);
    expect(await counts('EXPIRED', 500)).toEqual({ listed: CODES, counted: CODES, stored: CODES });
  });
});
