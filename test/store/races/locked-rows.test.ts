import { sql } from 'kysely';
import { afterEach, describe, expect, it } from 'vitest';
import type { Db } from '../../../src/store/engines/engine.ts';
import { readNow } from '../store-parts.ts';
import { couponFacts, OWNER, openTwoStores, promoCodeFacts, type TwoStores } from './two-stores.ts';

const NOW = 1000;
const CODES = ['ONE', 'TWO', 'THREE'];
const CALL = { caller: 'shop', mutation: 'redeem', inputHash: '', accountScope: null };
const PLAN_ID = 'plan';

let stores: TwoStores;
afterEach(() => stores.remove());

async function createCodes(): Promise<string[]> {
  const { promotions } = stores.one.store;
  const coupon = couponFacts('coupon');
  const facts = CODES.map((code) => promoCodeFacts(code, { coupon, planId: PLAN_ID }));
  const ids: string[] = [];
  for (const one of facts) ids.push(await promotions.save(OWNER, one, await readNow(promotions, 0)));
  return ids;
}

async function changePromotions(db: Db): Promise<void> {
  await sql`update promotions set held = held + 1`.execute(db);
}

// The planner chooses by the numbers of rows. Each kind of join must find the rows.
describe.each([
  ['nested loops', ['enable_seqscan=off', 'enable_hashjoin=off', 'enable_mergejoin=off']],
  ['hash joins', ['enable_nestloop=off', 'enable_mergejoin=off']],
  ['merge joins', ['enable_nestloop=off', 'enable_hashjoin=off']],
])('a statement that waits for rows which another transaction changes finds them all, by %s:', (_, settings) => {
  it('promotions and their coupons', async () => {
    stores = await openTwoStores(settings);
    const { one, other, meet } = stores;
    const ids = await createCodes();
    const couponId = (await one.store.promotions.getPromoCode(ids[0] ?? '', NOW))?.couponId ?? '';
    const lockAll = (db: Db) => other.store.promotions.withCoupons(ids, NOW, db, { lock: true });
    const found = await meet(changePromotions, () => other.engine.transaction(lockAll));
    const counts = Object.fromEntries(found.map(({ id, heldCount }) => [id, heldCount]));
    expect(counts).toEqual(Object.fromEntries([...ids, couponId].map((id) => [id, 1])));
  });

  it('the coupon that a promo code got meanwhile', async () => {
    stores = await openTwoStores(settings);
    const { one, other, meet } = stores;
    const { promotions } = one.store;
    const id = await promotions.save(OWNER, promoCodeFacts('CODE'), await readNow(promotions, 0));
    const withCoupon = promoCodeFacts('CODE', { coupon: couponFacts('coupon') });
    const moment = await readNow(promotions, 1);
    const lockAll = (db: Db) => other.store.promotions.withCoupons([id], NOW, db, { lock: true });
    const found = await meet(
      (db) => promotions.save(OWNER, withCoupon, moment, db),
      () => other.engine.transaction(lockAll),
    );
    expect(found.map(({ kind }) => kind).sort()).toEqual(['Coupon', 'PromoCode']);
  });

  it('promotions that a plan concerns', async () => {
    stores = await openTwoStores(settings);
    const { one, other, meet } = stores;
    const ids = await createCodes();
    const event = { planIds: [PLAN_ID], subscriptionIds: [], promotionIds: [], couponIds: [] };
    await meet(changePromotions, () => other.store.promotions.markDue(OWNER.provider, event));
    const due = one.engine.reads.selectFrom('promotions').select('id').where('due_sequence', 'is not', null);
    expect((await due.execute()).map(({ id }) => id).sort()).toEqual(ids.sort());
  });

  it('a promo code and its coupon, when the code gets an end', async () => {
    stores = await openTwoStores(settings);
    const { one, other, meet } = stores;
    const [id = ''] = await createCodes();
    await meet(changePromotions, () => other.store.promotions.setRules(id, { expiresAt: 2000 }, 9));
    expect(await one.store.promotions.getPromoCode(id, NOW)).toMatchObject({ expiresAt: 2000, heldCount: 1 });
  });

  it('idempotency keys', async () => {
    stores = await openTwoStores(settings);
    const { one, other, meet } = stores;
    const keys = CODES.map((key) => ({ ...CALL, key }));
    for (const key of keys) await one.store.idempotencyKeys.claim(key, OWNER.provider, () => NOW);
    const change = (db: Db) => sql`update idempotency_keys set leased_until = 5`.execute(db);
    const lockAll = (db: Db) => other.store.idempotencyKeys.known(keys, db, { lock: true });
    const known = await meet(change, () => other.engine.transaction(lockAll));
    expect(known.map(({ record }) => [record.key, record.leasedUntil]).sort()).toEqual(
      CODES.map((key) => [key, 5]).sort(),
    );
  });
});
