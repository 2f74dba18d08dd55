import Sqlite from 'better-sqlite3';
import { expect, it, vi } from 'vitest';
import type { Use } from '../../../src/domain/ledger/requests.ts';
import { parseRedemptionId } from '../../../src/domain/promotion/identity.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { factsOf, OWNER } from '../../domain/ledger/model-promotions.ts';
import { EVERYTHING, readNow } from '../store-parts.ts';
import { createFile } from '../test-stores.ts';

/** Indexes that nearly every row of a large ledger shares a value in. */
const HARDLY_NARROWING = /redemptions_by_status(_redeemed)? \(status=\?\)$/;

/** Uses everything that the ledger can do, so that it prepares all its statements. */
async function useAll({ promotions, ledger, activeUses }: Store): Promise<void> {
  const facts = { ...factsOf('once-each', { count: 0, couponCount: 0 }), firstTransactionOnly: true };
  const promotionId = await promotions.save(OWNER, facts, await readNow(promotions, 0));
  await promotions.setRules(promotionId, { perCustomerLimit: 1 }, 1);
  const order = { id: 'order', amount: null, planId: null, firstTransaction: true };
  const by = { caller: 'shop', boundTo: null, mayRead: true, subscriptionId: null };
  const use: Use = { promotionId, customerId: 'ann', order, ...by };
  const call = { caller: 'shop', key: 'key', mutation: 'hold', inputHash: 'input', ...EVERYTHING };
  await ledger.quote(use, 0);
  await ledger.promotionsOf(use, 0);
  for (const customerId of ['ann', null]) {
    const mode = { as: 'HELD', until: 1000, mostOpen: 3 } as const;
    await ledger.take({ ...use, customerId }, mode, customerId === null ? null : call, 0);
  }
  const held = await ledger.take(use, { as: 'HELD', until: 1000 }, call, 0);
  if (held.kind !== 'TAKEN') throw new Error(`the hold was ${held.kind}`);
  const actor = { caller: 'shop', customer: null, mayManage: true };
  const ledgerId = parseRedemptionId(held.redemption.id) ?? '';
  const finalAmount = { amount: { minorUnits: 100, currency: 'USD' } };
  await ledger.confirm({ ledgerId, countedByProvider: true, finalAmount }, actor, null, 0);
  await activeUses.releaseOf([{ promotionId, holds: 1, whose: 'ALL' }], use, 0);
  await ledger.releaseExpired(2000);
}

it('every statement of the ledger finds its rows by an index, in a new and never analysed file', async () => {
  const { address, remove } = await createFile();
  const prepared = vi.spyOn(Sqlite.prototype, 'prepare');
  const store = await openStore(address);
  prepared.mockClear();
  await useAll(store);
  const texts = [...new Set(prepared.mock.calls.map(([text]) => text))].filter((text) =>
    /^(select|update)/i.test(text),
  );
  prepared.mockRestore();
  await store.close();
  const sqlite = new Sqlite(address.file, { readonly: true });
  const slow = texts.flatMap((text) => {
    const values = Array.from({ length: text.split('?').length - 1 }, () => '[]');
    const plan = sqlite.prepare<string[], { detail: string }>(`EXPLAIN QUERY PLAN ${text}`).all(...values);
    const scans = plan.filter(({ detail }) => /^SCAN (redem|promo|idem)/.test(detail) || HARDLY_NARROWING.test(detail));
    return scans.map(({ detail }) => [text, detail]);
  });
  sqlite.close();
  await remove();
  expect(slow).toEqual([]);
  expect(texts.length).toBeGreaterThan(12);
});
