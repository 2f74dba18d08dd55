import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FinalAmount, RedemptionActor, Use } from '../../../src/domain/ledger/requests.ts';
import { parseRedemptionId } from '../../../src/domain/promotion/identity.ts';
import type { Discount } from '../../../src/domain/promotion/promotion.ts';
import { openStore, type Store } from '../../../src/store/store.ts';
import { readNow } from '../store-parts.ts';
import { UNUSED } from '../unused-facts.ts';

const RUNS = Number(process.env.MODEL_RUNS ?? 30);
const OWNER = { provider: 'FLEXPRICE', account: 'default' } as const;
const fixed = (minorUnits: number, currency: string): Discount => ({ kind: 'FIXED', amount: { minorUnits, currency } });
const DISCOUNTS: Discount[] = [
  { kind: 'PERCENTAGE', percentage: '80' },
  { kind: 'PERCENTAGE', percentage: '33.3' },
  fixed(700, 'USD'),
  fixed(500, 'XXX'),
];

/** Creates a promo code for each discount. @returns their ids */
async function createCodes({ promotions }: Store): Promise<string[]> {
  const ids: string[] = [];
  for (const [index, discount] of DISCOUNTS.entries()) {
    const facts = {
      kind: 'PromoCode' as const,
      providerId: `id-${index}`,
      code: `CODE-${index}`,
      coupon: null,
      discount,
      ...UNUSED,
      customerId: null,
      planId: null,
      firstTransactionOnly: false,
      minimumOrder: null,
    };
    ids.push(await promotions.save(OWNER, facts, await readNow(promotions, 0)));
  }
  return ids;
}

const step = fc.record({
  verb: fc.constantFrom('hold' as const, 'hold' as const, 'redeem' as const, 'confirm' as const, 'cancel' as const),
  which: fc.nat({ max: 30 }),
  customerId: fc.constantFrom(null, null, 'ann', 'ben'),
  minorUnits: fc.constantFrom(1000, 1000, 400, 1, 0),
  /** A confirmation states the amount. */
  isFinal: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

const folder = mkdtempSync(join(tmpdir(), 'promo-gateway-discounts-'));
let store: Store;
let codes: string[];
let orders = 0;
beforeAll(async () => {
  store = await openStore(join(folder, 'gateway.db'));
  codes = await createCodes(store);
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A new order, and the uses that were taken for it. */
class PlayedOrder {
  readonly id = `order-${++orders}`;
  readonly #taken = new Set<string>();

  async standing(except?: string): Promise<number> {
    const uses = await store.redemptions.getMany(
      [...this.#taken].filter((id) => id !== except),
      1000,
    );
    return uses
      .filter((use) => use !== null)
      .filter(({ status }) => status === 'HELD' || status === 'REDEEMED')
      .reduce((sum, { discountAmount }) => sum + (discountAmount?.minorUnits ?? 0), 0);
  }

  async #confirm(ledgerId: string, finalAmount: FinalAmount | null, by: RedemptionActor): Promise<void> {
    const answer = await store.ledger.confirm({ ledgerId, countedByProvider: false, finalAmount }, by, null, 1000);
    if (answer.kind !== 'TAKEN' || !finalAmount) return;
    const { amount } = finalAmount;
    const left = Math.max(0, amount.minorUnits - (await this.standing(answer.redemption.id)));
    expect(answer.redemption.orderAmount).toEqual(amount);
    expect(answer.redemption.discountAmount?.minorUnits).toBeLessThanOrEqual(left);
  }

  async play({ verb, which, customerId, minorUnits, isFinal }: Step): Promise<void> {
    const { ledger } = store;
    const amount = { minorUnits, currency: 'USD' };
    if (verb === 'confirm' || verb === 'cancel') {
      const id = [...this.#taken][which % Math.max(1, this.#taken.size)] ?? '';
      const ledgerId = parseRedemptionId(id) ?? '';
      const by = { caller: 'shop', mayManage: false, customer: null };
      if (verb === 'confirm') await this.#confirm(ledgerId, isFinal ? { amount } : null, by);
      else await ledger.cancel(ledgerId, null, by, null, 1000);
      return;
    }
    const use: Use = {
      promotionId: codes[which % codes.length] ?? '',
      customerId,
      order: { id: this.id, amount, planId: null, firstTransaction: false },
      subscriptionId: null,
      caller: 'shop',
      boundTo: null,
      mayRead: true,
    };
    const quoted = await ledger.quote(use, 1000);
    const mode = verb === 'hold' ? { as: 'HELD' as const, until: 9000 } : { as: 'REDEEMED' as const };
    const answer = await ledger.take(use, mode, null, 1000);
    expect(answer.kind).toBe(quoted.kind === 'ELIGIBLE' ? 'TAKEN' : 'REFUSED');
    if (answer.kind !== 'TAKEN' || quoted.kind !== 'ELIGIBLE') return;
    const { id, discountAmount } = answer.redemption;
    this.#taken.add(id);
    const left = Math.max(0, minorUnits - (await this.standing(id)));
    const discount = quoted.discountAmount?.minorUnits ?? 0;
    expect(discount).toBeLessThanOrEqual(left);
    expect(quoted.payableAmount).toEqual({ minorUnits: left - discount, currency: 'USD' });
    if (!answer.replayed) expect(discountAmount).toEqual(quoted.discountAmount);
  }
}

const played = { timeout: 30_000 + RUNS * 500 };

it('after any sequence, a discount is at most the order minus its other discounts', played, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const order = new PlayedOrder();
      for (const one of steps) await order.play(one);
    }),
    { numRuns: RUNS },
  );
});

it('the discounts of an order with one amount never exceed it in total', played, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.constantFrom(1000, 400, 1), async (steps, minorUnits) => {
      const order = new PlayedOrder();
      for (const one of steps) {
        await order.play({ ...one, minorUnits });
        expect(await order.standing()).toBeLessThanOrEqual(minorUnits);
      }
    }),
    { numRuns: RUNS },
  );
});
