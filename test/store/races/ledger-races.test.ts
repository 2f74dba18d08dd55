import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TakeAnswer, TakeMode } from '../../../src/domain/ledger/requests.ts';
import { parseRedemptionId } from '../../../src/domain/promotion/identity.ts';
import type { ProviderPromoCode } from '../../../src/domain/provider/provider.ts';
import type { Db } from '../../../src/store/engines/engine.ts';
import { readNow } from '../store-parts.ts';
import { couponFacts, OWNER, openTwoStores, promoCodeFacts, type TwoStores, useOf } from './two-stores.ts';

const NOW = 1000;
const REDEEMED = { as: 'REDEEMED' } as const;

let stores: TwoStores;
beforeEach(async () => {
  stores = await openTwoStores();
});
afterEach(() => stores.remove());

async function createCode(id: string, facts: Partial<ProviderPromoCode> = {}): Promise<string> {
  const { promotions } = stores.one.store;
  return promotions.save(OWNER, promoCodeFacts(id, facts), await readNow(promotions, 0));
}

/** Takes uses in both stores at the same time. */
function takeEach(
  uses: readonly { promotionId: string; customerId: string; mode?: TakeMode }[],
): Promise<TakeAnswer[]> {
  const { one, other } = stores;
  return Promise.all(
    uses.map(({ promotionId, customerId, mode = REDEEMED }, index) =>
      (index % 2 ? one : other).store.ledger.take(useOf(promotionId, customerId), mode, null, NOW),
    ),
  );
}

/** How many answers there are of each kind. */
function countKinds(answers: readonly TakeAnswer[]): Record<string, number> {
  const kinds = answers.map((answer) => (answer.kind === 'REFUSED' ? answer.reason : answer.kind));
  return Object.fromEntries([...new Set(kinds)].map((kind) => [kind, kinds.filter((one) => one === kind).length]));
}

const CUSTOMERS = Array.from({ length: 20 }, (_, index) => `cus_${index}`);

it('a customer gets one of two codes for first transactions, if two processes take both at the same time', async () => {
  const codes = [
    await createCode('ONE', { firstTransactionOnly: true }),
    await createCode('TWO', { firstTransactionOnly: true }),
  ];
  for (const customerId of CUSTOMERS) {
    const takes = [stores.one, stores.other].map(({ store }, index) => {
      const use = useOf(codes[index] ?? '', customerId);
      const first = { ...use, order: { ...use.order, id: `${customerId} ${index}`, firstTransaction: true } };
      return store.ledger.take(first, REDEEMED, null, NOW);
    });
    expect(countKinds(await Promise.all(takes))).toEqual({ TAKEN: 1, NOT_FIRST_TRANSACTION: 1 });
  }
});

it('a customer gets the maximum of open holds, if two processes hold several codes at the same time', async () => {
  const codes = await Promise.all(['ONE', 'TWO', 'THREE', 'FOUR'].map((id) => createCode(id)));
  for (const customerId of CUSTOMERS) {
    const mode: TakeMode = { as: 'HELD', until: NOW + 60_000, mostOpen: 2 };
    const answers = await takeEach(codes.map((promotionId) => ({ promotionId, customerId, mode })));
    expect(countKinds(answers)).toEqual({ TAKEN: 2, TOO_MANY_HOLDS: 2 });
  }
});

it('an order gets a code once, if two processes take it at the same time', async () => {
  const promotionId = await createCode('ONE');
  for (const customerId of CUSTOMERS) {
    const takes = [stores.one, stores.other].map(({ store }) => {
      const use = useOf(promotionId, customerId);
      return store.ledger.take({ ...use, order: { ...use.order, id: `order of ${customerId}` } }, REDEEMED, null, NOW);
    });
    const ids = (await Promise.all(takes)).map((answer) => (answer.kind === 'TAKEN' ? answer.redemption.id : null));
    expect(ids[0]).not.toBeNull();
    expect(ids[1]).toBe(ids[0]);
  }
});

it('the discounts of an order stay within its amount, if a final amount and another code come at the same time', async () => {
  const discount = { kind: 'PERCENTAGE', percentage: '80' } as const;
  const [held, taken] = [await createCode('ONE', { discount }), await createCode('TWO', { discount })];
  const amount = { minorUnits: 1000, currency: 'USD' };
  const by = { caller: 'shop', customer: null, mayManage: true };
  for (const customerId of CUSTOMERS) {
    const use = (promotionId: string, minorUnits: number) => {
      const { order, ...rest } = useOf(promotionId, customerId);
      return { ...rest, order: { ...order, id: `order of ${customerId}`, amount: { ...amount, minorUnits } } };
    };
    const mode = { as: 'HELD', until: NOW + 1000 } as const;
    const hold = await stores.one.store.ledger.take(use(held, 100), mode, null, NOW);
    const ledgerId = hold.kind === 'TAKEN' ? (parseRedemptionId(hold.redemption.id) ?? '') : '';
    const confirmation = { ledgerId, countedByProvider: false, finalAmount: { amount } };
    const answers = await Promise.all([
      stores.one.store.ledger.confirm(confirmation, by, null, NOW),
      stores.other.store.ledger.take(use(taken, 1000), REDEEMED, null, NOW),
    ]);
    const discounts = answers.map((answer) => (answer.kind === 'TAKEN' ? answer.redemption.discountAmount : null));
    expect(discounts.map((one) => one?.minorUnits).toSorted()).toEqual([200, 800]);
  }
  expect(await stores.deadlocks()).toBe(0);
});

it('the release of ended holds waits for no promotion that another process is using', async () => {
  const promotionId = await createCode('ONE');
  const { one, other } = stores;
  const held = await one.store.ledger.take(useOf(promotionId, 'ann'), { as: 'HELD', until: NOW + 1 }, null, NOW);
  if (held.kind !== 'TAKEN') throw new Error(held.kind);
  const by = { caller: 'shop', customer: null, mayManage: true };
  const ledgerId = parseRedemptionId(held.redemption.id) ?? '';
  await one.store.ledger.confirm({ ledgerId, countedByProvider: false, finalAmount: null }, by, null, NOW);
  await one.engine.transaction(async (db) => {
    await one.store.promotions.withCoupons([promotionId], NOW, db, { lock: true });
    expect(await other.store.ledger.releaseExpired(NOW + 2)).toEqual([]);
  });
  const nextRelease = () =>
    one.engine.reads.selectFrom('promotions').select('next_release').where('id', '=', promotionId).executeTakeFirst();
  expect(await nextRelease()).toEqual({ next_release: NOW + 1 });
  await other.store.ledger.releaseExpired(NOW + 2);
  expect(await nextRelease()).toEqual({ next_release: null });
});

it('an ended hold of an order stays redeemed, if it is confirmed while the order takes another code', async () => {
  const [one, two] = [await createCode('ONE'), await createCode('TWO')];
  const order = { ...useOf(one, 'ann').order, id: 'order' };
  const { ledger, promotions, redemptions } = stores.one.store;
  const held = await ledger.take({ ...useOf(one, 'ann'), order }, { as: 'HELD', until: NOW + 1 }, null, NOW);
  if (held.kind !== 'TAKEN') throw new Error(held.kind);
  const { id } = held.redemption;
  // As `confirm` does it, a moment before the hold ends.
  const confirm = async (db: Db) => {
    await promotions.withCoupons([one], NOW, db, { lock: true });
    const confirmed = { status: 'REDEEMED', redeemed_at: NOW, held_until: null } as const;
    await db.updateTable('redemptions').set(confirmed).where('ledger_id', '=', parseRedemptionId(id)).execute();
    await db.updateTable('promotions').set({ held: 0, uncounted: 1 }).where('id', '=', one).execute();
  };
  const take = () => stores.other.store.ledger.take({ ...useOf(two, 'ann'), order }, REDEEMED, null, NOW + 2);
  expect(await stores.meet(confirm, take)).toMatchObject({ kind: 'TAKEN' });
  expect(await redemptions.get(id, NOW + 2)).toMatchObject({ status: 'REDEEMED' });
  expect(await promotions.get(one, NOW + 2)).toMatchObject({ heldCount: 0, redeemedCount: 1 });
});

it('a promo code that gets an end while the ledger uses its coupon causes no deadlock', async () => {
  const { one, other, meet } = stores;
  const codeId = await createCode('CODE', { coupon: couponFacts('coupon') });
  const couponId = (await one.store.promotions.getPromoCode(codeId, NOW))?.couponId ?? '';
  const mode = { as: 'HELD', until: NOW + 9_000_000 } as const;
  expect(await one.store.ledger.take(useOf(codeId, 'ann'), mode, null, NOW)).toMatchObject({ kind: 'TAKEN' });
  const lock = (id: string) => (db: Db) =>
    db.selectFrom('promotions').select('id').where('id', '=', id).forUpdate().execute();
  // The ledger locks the promotions of a batch in the order of their ids.
  expect([codeId, couponId].toSorted()).toEqual([couponId, codeId]);
  const setEnd = () => other.store.promotions.setRules(codeId, { expiresAt: 2000 }, 9);
  await meet(lock(couponId), setEnd, lock(codeId));
  expect(await one.store.promotions.getPromoCode(codeId, NOW)).toMatchObject({ expiresAt: 2000 });
  expect(await stores.deadlocks()).toBe(0);
});

describe('parallel uses of the codes of a limited coupon, in two processes', () => {
  const LIMIT = 100;
  const PER_CUSTOMER = 2;
  /** More than the limit in all: 3 tries of each customer for each code. */
  const tries = (codes: readonly string[], mode?: (index: number) => TakeMode) =>
    [...CUSTOMERS, ...CUSTOMERS, ...CUSTOMERS].flatMap((customerId, index) =>
      codes.map((promotionId) => ({ promotionId, customerId, ...(mode && { mode: mode(index) }) })),
    );

  async function createCodes(howMany: number): Promise<{ couponId: string; codes: string[] }> {
    const coupon = couponFacts('coupon', { maxRedemptions: LIMIT });
    const codes: string[] = [];
    for (let index = 0; index < howMany; index += 1) codes.push(await createCode(`CODE-${index}`, { coupon }));
    for (const id of codes) await stores.one.store.promotions.setRules(id, { perCustomerLimit: PER_CUSTOMER }, 0);
    const couponId = (await stores.one.store.promotions.getPromoCode(codes[0] ?? '', NOW))?.couponId ?? '';
    return { couponId, codes };
  }

  it('take exactly the uses that the limit allows, without a deadlock', async () => {
    const { couponId, codes } = await createCodes(4);
    const answers = await takeEach(tries(codes));
    // 20 customers may use each of 4 codes twice: 160 uses, of which the coupon allows 100.
    const { TAKEN, EXHAUSTED = 0, CUSTOMER_LIMIT_REACHED = 0, ...others } = countKinds(answers);
    expect(TAKEN).toBe(LIMIT);
    expect(EXHAUSTED + CUSTOMER_LIMIT_REACHED).toBe(answers.length - LIMIT);
    expect(others).toEqual({});
    const { promotions } = stores.other.store;
    expect(await promotions.countsOf(couponId)).toMatchObject({ uncounted: LIMIT });
    expect(await stores.deadlocks()).toBe(0);
  });

  it('refuse no use below the limit of the coupon and the customer', async () => {
    const { codes } = await createCodes(2);
    const answers = await takeEach(tries(codes));
    // 20 customers may use each of 2 codes twice: 80 uses, fewer than the coupon allows.
    expect(countKinds(answers)).toEqual({ TAKEN: 80, CUSTOMER_LIMIT_REACHED: 40 });
    expect(await stores.deadlocks()).toBe(0);
  });

  it('get along with holds that end, their releases, and new answers of the provider', async () => {
    const { couponId, codes } = await createCodes(4);
    const { one, other } = stores;
    const isShort = (index: number) => index % 2 === 0;
    const held = await takeEach(
      tries(codes, (index) => ({ as: 'HELD', until: isShort(index) ? NOW + 1 : NOW + 600_000 })),
    );
    expect(countKinds(held).TAKEN).toBe(LIMIT);
    const later = NOW + 2;
    const coupon = couponFacts('coupon', { maxRedemptions: LIMIT });
    const work = Array.from({ length: 12 }, async (_, index) => {
      const { store } = index % 2 ? one : other;
      const facts = codes.map((_, place) => promoCodeFacts(`CODE-${place}`, { coupon }));
      const saved = store.promotions.saveEach(OWNER, facts, await readNow(store.promotions, later));
      const taken = store.ledger.take(useOf(codes[index % 4] ?? '', `late_${index}`), REDEEMED, null, later);
      const [answer] = await Promise.all([
        taken,
        saved,
        store.ledger.releaseExpired(later),
        store.statuses.update(later),
      ]);
      return answer;
    });
    const answers = await Promise.all(work);
    const shortHolds = held.filter((answer) => answer.kind === 'TAKEN' && answer.redemption.heldUntil === NOW + 1);
    expect(shortHolds.length).toBeGreaterThan(12);
    expect(countKinds(answers)).toEqual({ TAKEN: 12 });
    const shown = await other.store.promotions.get(couponId, later);
    expect(shown).toMatchObject({ redeemedCount: 12, heldCount: LIMIT - shortHolds.length });
    expect(await stores.deadlocks()).toBe(0);
  });
});
