import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordedRefusal } from '../../src/domain/redemption/recorded-refusal.ts';
import { MOST_DELETED_REFUSALS } from '../../src/store/refusals.ts';
import { type Store, storeOver } from '../../src/store/store.ts';
import { ENGINES, type TestEngine } from './test-engines.ts';

const refusalBy = (caller: string, more: Partial<RecordedRefusal> = {}): RecordedRefusal => ({
  at: 1000,
  operation: 'QUOTE',
  caller,
  requestId: null,
  code: 'NONE',
  promotionId: null,
  customerId: null,
  orderId: null,
  reason: 'NOT_FOUND',
  reasonGiven: 'NOT_REDEEMABLE',
  providers: [{ provider: 'DURO', state: 'DOWN' }],
  ...more,
});
const many = (count: number, caller: string) =>
  Array.from({ length: count }, (_, number) => refusalBy(caller, { customerId: `cus_${number}` }));

describe.each(ENGINES)('refusals on %s', (_, open) => {
  let opened: TestEngine;
  let store: Store;
  beforeEach(async () => {
    opened = await open();
    store = storeOver(opened.engine);
  });
  afterEach(() => opened.remove());

  const customersOf = async (filter: { caller?: string }) => {
    const { entries } = await store.refusals.page(filter, { limit: 20_000, backwards: false });
    return entries.map(({ row }) => row.customerId);
  };
  it('come back as they were recorded', async () => {
    const refusal = refusalBy('shop', { requestId: 'r-1', orderId: 'o-1', promotionId: 'p-1', customerId: 'c-1' });
    await store.refusals.addAll([refusal]);
    const { entries } = await store.refusals.page({}, { limit: 10, backwards: false });
    expect(entries.map(({ row }) => row)).toEqual([{ ...refusal, kind: 'RecordedRefusal', id: expect.any(String) }]);
  });

  it('are trimmed to the newest of a caller, in steps, although all were recorded in the same millisecond', async () => {
    await store.refusals.addAll(many(3, 'other'));
    await store.refusals.addAll(many(MOST_DELETED_REFUSALS + 12, 'shop'));
    expect(await store.refusals.trim('shop', 10)).toBe(MOST_DELETED_REFUSALS);
    expect(await store.refusals.trim('shop', 10)).toBe(2);
    expect(await customersOf({ caller: 'shop' })).toEqual(
      Array.from({ length: 10 }, (_, index) => `cus_${MOST_DELETED_REFUSALS + 11 - index}`),
    );
    expect(await store.refusals.count({ caller: 'other' })).toMatchObject({ rows: 3 });
  });
});
