import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Lease } from '../../../src/domain/ledger/lease.ts';
import { LEASE_MS, LeaseLostError } from '../../../src/domain/ledger/lease.ts';
import { promotionId } from '../../../src/domain/promotion/identity.ts';
import type { NewPendingWrite } from '../../../src/store/writes/pending-write-row.ts';
import type { WriteRequest } from '../../../src/store/writes/write-request.ts';
import { readNow } from '../store-parts.ts';
import { couponFacts, type OpenedStore, OWNER, openTwoStores, promoCodeFacts, type TwoStores } from './two-stores.ts';

const NOW = 1000;
const TERMS = { discount: { kind: 'PERCENTAGE', percentage: '10' }, duration: { kind: 'ONCE' } } as const;

let stores: TwoStores;
beforeEach(async () => {
  stores = await openTwoStores();
});
afterEach(() => stores.remove());

async function claim({ store }: OpenedStore, key: string): Promise<Lease> {
  const call = { caller: 'shop', key, mutation: 'createPromoCode', inputHash: key, accountScope: null };
  const claimed = await store.idempotencyKeys.claim(call, OWNER.provider, () => NOW);
  if (claimed.kind !== 'CLAIMED') throw new Error(`The key is ${claimed.kind}`);
  return claimed.lease;
}

async function intentOf(opened: OpenedStore, key: string, request: WriteRequest): Promise<NewPendingWrite> {
  return { ...OWNER, call: await claim(opened, key), request };
}

const creationOf = (code: string, rules = {}): WriteRequest => ({
  operation: 'createPromoCode',
  promoCode: { code, terms: TERMS },
  rules,
  metadata: null,
});

/** Stores a coupon whose promo code was refused. @returns its id */
async function orphanOf(opened: OpenedStore): Promise<string> {
  const { promotions, pendingWrites, orphanCoupons } = opened.store;
  const couponId = await promotions.save(OWNER, couponFacts('orphan'), await readNow(promotions, 0));
  const refused = await intentOf(opened, 'refused', creationOf('REFUSED'));
  await pendingWrites.recordCoupon(refused, { code: 'REFUSED', couponId }, NOW);
  await orphanCoupons.add(refused.call);
  return couponId;
}

describe('two processes that create a promo code', () => {
  it('with the same code at the same time send one creation', async () => {
    const { one, other } = stores;
    for (const code of ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H']) {
      const intents = [
        await intentOf(one, `${code} 1`, creationOf(code)),
        await intentOf(other, `${code} 2`, creationOf(code)),
      ];
      const records = [one, other].map(async ({ store }, index) => {
        const intent = intents[index];
        return intent && store.pendingWrites.record(intent, NOW);
      });
      const ended = await Promise.allSettled(records);
      expect(ended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const failure = ended.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      expect(failure).toMatchObject([{ name: 'CodeBeingCreatedError' }]);
    }
  });

  it('see the code that the other one is storing', async () => {
    const { one, other, meet } = stores;
    const first = await intentOf(one, 'first', creationOf('CODE'));
    const id = await one.store.pendingWrites.record(first, NOW);
    const second = await intentOf(other, 'second', creationOf('code'));
    const facts = promoCodeFacts('CODE');
    const moment = await readNow(one.store.promotions, NOW);
    const recorded = meet(
      async (db) => {
        await one.store.pendingWrites.complete(id, db);
        await one.store.promotions.save(OWNER, facts, { ...moment, as: 'WRITE' }, db);
      },
      () => other.store.pendingWrites.record(second, NOW),
    );
    await expect(recorded).rejects.toThrow(/^$/);
    await expect(other.store.pendingWrites.record(second, NOW)).rejects.toMatchObject({ name: 'CodeTakenError' });
  });

  it('send nothing under a key that the other one has taken over', async () => {
    const { one, other } = stores;
    const intent = await intentOf(one, 'key', creationOf('CODE'));
    await other.store.idempotencyKeys.takeOver(intent.call, () => NOW + 6000);
    await expect(one.store.pendingWrites.record(intent, NOW)).rejects.toThrow(LeaseLostError);
  });

  it('claim the same orphan coupon once', async () => {
    const { one, other } = stores;
    const couponId = await orphanOf(one);
    const intents = [await intentOf(one, '1', creationOf('ONE')), await intentOf(other, '2', creationOf('TWO'))];
    const claims = [one, other].map(async ({ store }, index) => {
      const intent = intents[index];
      return intent && store.orphanCoupons.claim(couponId, intent, `CODE ${index}`, NOW);
    });
    expect((await Promise.all(claims)).toSorted()).toEqual([false, true]);
  });
});

it('a coupon that a promo code claims is not closed as an orphan at the same time', async () => {
  const { one, other, meet } = stores;
  const couponId = await orphanOf(one);
  const [orphan] = await one.store.orphanCoupons.all();
  const next = await intentOf(one, 'next', creationOf('NEXT'));
  const isClosed = await meet(
    (db) => one.store.orphanCoupons.claim(couponId, next, 'NEXT', NOW, db),
    () => other.store.orphanCoupons.close(orphan?.id ?? ''),
  );
  expect(isClosed).toBe(false);
  expect(await one.store.orphanCoupons.all()).toMatchObject([{ couponId, call: { key: 'next' } }]);
});

it('a change that begins while another one of the promotion ends does not wait for an overlap with it', async () => {
  const { one, other, meet } = stores;
  const id = promotionId({ ...OWNER, kind: 'PromoCode', providerId: 'CODE' });
  const change: WriteRequest = { operation: 'updatePromoCode', id, change: { active: false }, rules: {} };
  const first = await one.store.pendingWrites.record(await intentOf(one, 'first', change), NOW);
  const next = await intentOf(other, 'next', change);
  const second = await meet(
    (db) => one.store.pendingWrites.complete(first, db),
    () => other.store.pendingWrites.record(next, NOW),
  );
  expect(await one.store.pendingWrites.sendingOf(second)).toMatchObject({ isOverlapped: false });
  expect(await one.store.pendingWrites.hasLaterChange(first)).toBe(false);
});

it('a promo code that is read while an equal creation ends gets none of its rules', async () => {
  const { one, other, meet } = stores;
  const intent = await intentOf(one, 'creation', creationOf('CODE', { perCustomerLimit: 1 }));
  const id = await one.store.pendingWrites.record(intent, NOW);
  const read = await readNow(other.store.promotions, NOW);
  const lookAlike = await meet(
    async (db) => {
      await one.store.pendingWrites.sendingOf(id, db);
      await one.store.pendingWrites.complete(id, db);
    },
    () => other.store.promotions.save(OWNER, promoCodeFacts('other', { code: 'code' }), read),
  );
  expect(await one.store.promotions.getPromoCode(lookAlike, NOW)).toMatchObject({ perCustomerLimit: null });
});

it('an object that is a coupon and a promo code at once is stored as one of both, if two processes read it', async () => {
  const { one, other } = stores;
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
    const facts = [couponFacts(id, { isOneOfBoth: true }), promoCodeFacts(id, { isOneOfBoth: true })];
    const saved = [one, other].map(async ({ store }, index) => {
      const shown = facts[index];
      return shown && store.promotions.saveEach(OWNER, [shown], await readNow(store.promotions, NOW));
    });
    const ids = (await Promise.all(saved)).flat();
    expect(new Set(ids).size).toBe(1);
  }
});

it('a synchronisation that is taken over while its last step is saved starts from the beginning', async () => {
  const { one, other, meet } = stores;
  const round = await one.store.syncRounds.claim(OWNER, () => NOW);
  if (!round) throw new Error('Another process synchronises');
  const later = NOW + 6000;
  const next = await meet(
    (db) => one.store.syncRounds.save({ ...round, phase: 'DONE', seen: 7 }, () => later, db),
    () => other.store.syncRounds.claim(OWNER, () => later + 6000),
  );
  expect(next).toMatchObject({ phase: 'LIST', seen: 0 });
  expect(next?.sequence).toBeGreaterThan(round.sequence);
  expect(await one.store.syncRounds.finishedAt(OWNER)).toBe(later);
});

it('the lease of a synchronisation begins when the wait for its account is over', async () => {
  const { one, other, meet } = stores;
  let now = NOW;
  const round = await meet(
    (db) => one.engine.dialect.lock(db, [`synchronisation of ${OWNER.provider} ${OWNER.account}`]),
    () => other.store.syncRounds.claim(OWNER, () => now),
    () => {
      now += 2 * LEASE_MS;
    },
  );
  expect(round).toMatchObject({ startedAt: NOW + 2 * LEASE_MS });
  const row = one.engine.reads.selectFrom('sync_rounds').select('leased_until');
  expect(await row.executeTakeFirst()).toEqual({ leased_until: NOW + 3 * LEASE_MS });
});

it('an event that two processes receive at the same time is handled once', async () => {
  const { one, other } = stores;
  const event = { id: 'event', planIds: ['plan'], subscriptionIds: [], promotionIds: [], couponIds: [] };
  const added = [one, other].map(({ store }) => store.providerEvents.add('FLEXPRICE', event, NOW));
  expect((await Promise.all(added)).toSorted()).toEqual([false, true]);
  const done = [one, other].map(({ store }) => store.providerEvents.markDone('FLEXPRICE', event));
  expect((await Promise.all(done)).toSorted()).toEqual([false, true]);
});
