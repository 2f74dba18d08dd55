import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyText } from '../../../src/domain/ledger/facts.ts';
import { LEASE_MS, type Lease } from '../../../src/domain/ledger/lease.ts';
import type { Db } from '../../../src/store/engines/engine.ts';
import { readNow } from '../store-parts.ts';
import { OWNER, openTwoStores, promoCodeFacts, type TwoStores, useOf } from './two-stores.ts';

const CALL = { caller: 'shop', key: 'key', mutation: 'createCoupon', inputHash: 'hash', accountScope: null };
const [CLAIMED_AT, LAPSED_AT] = [1000, 10_000];

let stores: TwoStores;
beforeEach(async () => {
  stores = await openTwoStores();
});
afterEach(() => stores.remove());

async function claim() {
  const { idempotencyKeys } = stores.one.store;
  const claimed = await idempotencyKeys.claim(CALL, OWNER.provider, () => CLAIMED_AT);
  if (claimed.kind !== 'CLAIMED') throw new Error(`The key is ${claimed.kind}`);
  return claimed.lease;
}

it('a call that claims a lapsed key while its first call completes it gets the result of the first call', async () => {
  const lease = await claim();
  const { one, other, meet } = stores;
  const again = await meet(
    (db) => one.store.idempotencyKeys.complete(lease, 'coupon', LAPSED_AT, db),
    () => other.store.idempotencyKeys.claim(CALL, OWNER.provider, () => LAPSED_AT),
  );
  expect(again).toEqual({ kind: 'COMPLETED', resultId: 'coupon' });
});

it('recovery does not take over a lapsed key while its call completes it', async () => {
  const lease = await claim();
  const { one, other, meet } = stores;
  const taken = await meet(
    (db) => one.store.idempotencyKeys.complete(lease, 'coupon', LAPSED_AT, db),
    () => other.store.idempotencyKeys.takeOver(CALL, () => LAPSED_AT),
  );
  expect(taken).toBeNull();
  expect(await one.store.idempotencyKeys.state(CALL, LAPSED_AT)).toEqual({ kind: 'COMPLETED', resultId: 'coupon' });
});

it('a call that ends does nothing to its key while recovery takes the key over', async () => {
  const lease = await claim();
  const { one, other, meet } = stores;
  const { idempotencyKeys } = one.store;
  const taken: (Lease | null)[] = [];
  await meet(
    async (db) => taken.push(await idempotencyKeys.takeOver(CALL, () => LAPSED_AT, db)),
    () => other.store.idempotencyKeys.release(lease),
  );
  expect(taken).toMatchObject([{ key: CALL.key }]);
  expect(await idempotencyKeys.state(CALL, LAPSED_AT)).toMatchObject({ kind: 'IN_PROGRESS' });
});

it('the ledger takes no second use under a lapsed key while the first call completes it', async () => {
  const { one, other, meet } = stores;
  const facts = promoCodeFacts('CODE');
  const promotionId = await one.store.promotions.save(OWNER, facts, await readNow(one.store.promotions, 0));
  const lease = await claim();
  const use = useOf(promotionId, 'ann');
  const first = await one.store.ledger.take(use, { as: 'REDEEMED' }, null, LAPSED_AT);
  if (first.kind !== 'TAKEN') throw new Error(first.kind);
  const second = await meet(
    (db) => one.store.idempotencyKeys.complete(lease, first.redemption.id, LAPSED_AT, db),
    () => other.store.ledger.take(use, { as: 'REDEEMED' }, CALL, LAPSED_AT),
  );
  expect(second).toMatchObject({ kind: 'TAKEN', replayed: true, redemption: { id: first.redemption.id } });
  expect((await one.store.promotions.countsOf(promotionId))?.uncounted).toBe(1);
});

it('of many calls that claim the same key at the same time, one gets it', async () => {
  const { one, other } = stores;
  const claims = Array.from({ length: 40 }, (_, index) =>
    (index % 2 ? one : other).store.idempotencyKeys.claim(CALL, OWNER.provider, () => CLAIMED_AT),
  );
  const kinds = (await Promise.all(claims)).map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === 'CLAIMED')).toHaveLength(1);
  expect(kinds.filter((kind) => kind === 'IN_PROGRESS')).toHaveLength(39);
});

it('of many calls that take a use under the same key at the same time, all get the same one', async () => {
  const { one, other } = stores;
  const facts = promoCodeFacts('CODE');
  const promotionId = await one.store.promotions.save(OWNER, facts, await readNow(one.store.promotions, 0));
  const calls = Array.from({ length: 40 }, (_, index) =>
    (index % 2 ? one : other).store.ledger.take(useOf(promotionId, 'ann'), { as: 'REDEEMED' }, CALL, CLAIMED_AT),
  );
  const answers = await Promise.all(calls);
  const ids = answers.map((answer) => (answer.kind === 'TAKEN' ? answer.redemption.id : answer.kind));
  expect(ids).not.toContain('IN_PROGRESS');
  expect(new Set(ids).size).toBe(1);
  expect((await one.store.promotions.countsOf(promotionId))?.uncounted).toBe(1);
});

describe('a lease that its call has waited for longer than it lasts', () => {
  const lock = (db: Db) => stores.one.engine.dialect.lock(db, [keyText(CALL)]);
  const leasedUntil = async () => {
    const row = stores.one.engine.reads.selectFrom('idempotency_keys').select('leased_until');
    return (await row.executeTakeFirst())?.leased_until;
  };

  it('begins when the wait for an unused key is over', async () => {
    let now = CLAIMED_AT;
    const claiming = await stores.meet(
      lock,
      () => stores.other.store.idempotencyKeys.claim(CALL, OWNER.provider, () => now),
      () => {
        now = LAPSED_AT;
      },
    );
    expect(claiming).toMatchObject({ kind: 'CLAIMED' });
    expect(await leasedUntil()).toBe(LAPSED_AT + LEASE_MS);
  });

  it('begins when the wait for the key of a dead call is over', async () => {
    await claim();
    let now = LAPSED_AT;
    const taken = await stores.meet(
      lock,
      () => stores.other.store.idempotencyKeys.takeOver(CALL, () => now),
      () => {
        now += LAPSED_AT;
      },
    );
    expect(taken).not.toBeNull();
    expect(await leasedUntil()).toBe(2 * LAPSED_AT + LEASE_MS);
  });
});
