import { CompiledQuery } from 'kysely';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { promotionId } from '../../../src/domain/promotion/identity.ts';
import type { ProviderCoupon, ProviderPromoCode } from '../../../src/domain/provider/provider.ts';
import { LONGEST_HOLD_SECONDS } from '../../../src/domain/redemption/redemption.ts';
import type { Engine } from '../../../src/store/engines/engine.ts';
import { SqliteConnection } from '../../../src/store/engines/sqlite/sqlite-connection.ts';
import { type Store, storeOver } from '../../../src/store/store.ts';
import { readNow } from '../store-parts.ts';
import { ENGINES, openTestSqlite, type TestEngine } from '../test-engines.ts';

const OWNER = { provider: 'STRIPE_CONNECT', account: 'acct_one' } as const;
const CODE = promotionId({ ...OWNER, kind: 'PromoCode', providerId: 'promo' });
const COUPON = promotionId({ ...OWNER, kind: 'Coupon', providerId: 'coupon' });
const GRACE_MS = 15 * 60_000;
const LONGEST_HOLD_MS = LONGEST_HOLD_SECONDS * 1000;

const terms = {
  discount: { kind: 'PERCENTAGE', percentage: '10' },
  duration: { kind: 'ONCE' },
  active: true,
  maxRedemptions: 5,
  redeemedCount: 0,
  startsAt: null,
  expiresAt: null,
  createdAt: 0,
  metadata: null,
} as const;
const coupon: ProviderCoupon = { ...terms, kind: 'Coupon', providerId: 'coupon', name: null };
const promoCode: ProviderPromoCode = {
  ...terms,
  kind: 'PromoCode',
  providerId: 'promo',
  code: 'CODE',
  coupon,
  customerId: null,
  planId: null,
  firstTransactionOnly: false,
  minimumOrder: null,
};

describe.each(ENGINES)('the held uses of a promotion on %s', (_, open) => {
  let opened: TestEngine;
  let engine: Engine;
  let store: Store;
  beforeEach(async () => {
    opened = await open();
    engine = opened.engine;
    store = storeOver(engine);
    await store.promotions.save(OWNER, promoCode, await readNow(store.promotions, 0));
  });
  afterEach(() => opened.remove());

  async function hold(id: string, until: number, now = 0): Promise<string> {
    const use = {
      promotionId: id,
      customerId: null,
      order: { id: null, amount: null, planId: null, firstTransaction: false },
      subscriptionId: null,
      caller: 'shop',
      boundTo: null,
      mayRead: true,
    };
    const taken = await store.ledger.take(use, { as: 'HELD', until }, null, now);
    if (taken.kind !== 'TAKEN') throw new Error(`expected a hold, got ${taken.kind}`);
    return taken.redemption.id;
  }

  const held = async (now: number) => {
    const promotions = await store.promotions.getMany([CODE, COUPON], now);
    return promotions.map((promotion) => [promotion?.heldCount, promotion?.remaining]);
  };

  it('are those that have not ended, before the ledger has released the others', async () => {
    await hold(CODE, 1000);
    await hold(CODE, 2000);
    await hold(COUPON, 3000);
    expect(await held(999)).toEqual([
      [2, 2],
      [3, 2],
    ]);
    expect(await held(1000)).toEqual([
      [1, 3],
      [2, 3],
    ]);
    expect(await held(2000)).toEqual([
      [0, 4],
      [1, 4],
    ]);
    expect(await held(3000)).toEqual([
      [0, 5],
      [0, 5],
    ]);
    expect(await store.promotions.get(CODE, 1000)).toMatchObject({ heldCount: 1, remaining: 3 });
    expect(await store.promotions.findByCode('code', {}, 1000)).toMatchObject([{ heldCount: 1, remaining: 3 }]);
  });

  it('are the same in the transaction of a decision', async () => {
    await hold(CODE, 1000);
    const locked = await engine.transaction((db) => store.promotions.withCoupons([CODE], 1000, db, { lock: true }));
    expect(locked.map(({ heldCount, remaining }) => [heldCount, remaining])).toEqual([
      [0, 5],
      [0, 5],
    ]);
  });

  it('are the same after the ledger has released some of them', async () => {
    await hold(CODE, 1000);
    await hold(CODE, 2000);
    await store.ledger.releaseExpired(1000);
    expect(await held(1000)).toEqual([
      [1, 4],
      [1, 4],
    ]);
    expect(await held(2000)).toEqual([
      [0, 5],
      [0, 5],
    ]);
  });

  it('end with a promo code or coupon whose end is moved forward', async () => {
    await hold(CODE, 10 * GRACE_MS);
    await hold(COUPON, 10 * GRACE_MS);
    const ended = { ...promoCode, coupon: { ...coupon, expiresAt: 1000 } };
    await store.promotions.save(OWNER, ended, await readNow(store.promotions, 0));
    expect(await held(GRACE_MS + 999)).toEqual([
      [1, 3],
      [2, 3],
    ]);
    expect(await held(GRACE_MS + 1000)).toEqual([
      [0, 5],
      [0, 5],
    ]);
  });

  it('end in time although a clock that was ahead has set their ends', async () => {
    const ahead = 10 * LONGEST_HOLD_MS;
    await hold(CODE, ahead + 1000, ahead);
    await store.ledger.releaseExpired(0);
    expect(await held(LONGEST_HOLD_MS - 1)).toEqual([
      [1, 4],
      [1, 4],
    ]);
    expect(await held(LONGEST_HOLD_MS)).toEqual([
      [0, 5],
      [0, 5],
    ]);
  });

  it('cost no query of their own while none of them has ended', async () => {
    await hold(CODE, 1000);
    await hold(CODE, 2000);
    const queries = vi.spyOn(engine.reads.getExecutor(), 'provideConnection');
    await held(999);
    expect(queries).toHaveBeenCalledTimes(1);
    await held(1000);
    expect(queries).toHaveBeenCalledTimes(3);
    // The time of the next release is a lower bound: the release of the hold that has ended moves it on.
    await store.ledger.releaseExpired(1000);
    queries.mockClear();
    await held(1000);
    expect(queries).toHaveBeenCalledTimes(1);
  });
});

it('the holds that have ended are counted in indexes', async () => {
  const { engine, remove } = await openTestSqlite();
  const { promotions } = storeOver(engine);
  await promotions.save(OWNER, promoCode, await readNow(promotions, 0));
  await engine.transaction((db) => db.updateTable('promotions').set({ held: 1, next_release: 1000 }).execute());
  const queries = vi.spyOn(SqliteConnection.prototype, 'executeQuery');
  await promotions.getMany([CODE, COUPON], 1000);
  const [last] = queries.mock.calls.at(-1) ?? [];
  queries.mockRestore();
  if (!last) throw new Error('expected a compiled query');
  const plan = CompiledQuery.raw(`EXPLAIN QUERY PLAN ${last.sql}`, [...last.parameters]);
  const { rows } = await engine.reads.executeQuery<{ detail: string }>(plan);
  const details = rows.map(({ detail }) => detail).filter((detail) => /^(SCAN|SEARCH) (promo|redem)/.test(detail));
  expect(details).toEqual([
    expect.stringMatching(/^SEARCH promotions USING INDEX \S+ \(id=\?\)$/),
    'SEARCH redemptions USING COVERING INDEX redemptions_held (promotion_id=? AND held_until<?)',
    'SEARCH redemptions USING COVERING INDEX redemptions_held_of_coupon (coupon_id=? AND held_until<?)',
  ]);
  await remove();
});
