import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Store } from '../../../src/store/store.ts';
import type { RealLedger } from '../../domain/ledger/real-ledger.ts';
import { openRealLedger } from './open-ledger.ts';

let real: RealLedger<Store>;
beforeAll(async () => {
  real = await openRealLedger();
});
afterAll(() => real.remove());

it('a hold that has expired is no longer a use of its order, even before it is released', async () => {
  const { ledger } = real.store;
  const order = { id: 'order-1', amount: null, planId: null, firstTransaction: false };
  const asked = { caller: 'shop', boundTo: null, customerId: null, order };
  const promotionId = real.idOf('free');
  const use = { ...asked, promotionId, subscriptionId: null, mayRead: true };
  expect(await ledger.take(use, { as: 'HELD', until: 5000 }, null, 1000)).toMatchObject({ kind: 'TAKEN' });
  expect([...(await ledger.promotionsOf(asked, 4999))]).toEqual([[promotionId, 'HELD']]);
  expect([...(await ledger.promotionsOf(asked, 5000))]).toEqual([]);
});
