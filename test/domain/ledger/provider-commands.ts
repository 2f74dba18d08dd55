import { expect } from 'vitest';
import { parseRedemptionId } from '../../../src/domain/promotion/identity.ts';
import { agree, command, type LedgerCommand, record, toCall, toUse } from './commands.ts';
import type { Asked, CODES } from './ledger-model.ts';

/**
 * Starts a read. It is answered later, perhaps after a read that started later. The provider's counter lags by some
 * uses. A replay (PROOF) repeats the very first answer.
 */
export function beginRead(code: (typeof CODES)[number], lag: number, as: 'READ' | 'PROOF'): LedgerCommand {
  const shown = (count: number) => (as === 'PROOF' ? 0 : Math.max(0, count - lag));
  return command(`begin a read of ${code} with lag ${lag}, as ${as}`, async (model, real) => {
    real.sendings.set(model.moment, await real.store.promotions.sending(0));
    model.reading.push({
      code,
      at: model.moment,
      as,
      count: shown(model.countedOf(code)),
      couponCount: shown(model.countedOf('coupon')),
    });
  });
}

export function endRead(number: number): LedgerCommand {
  return command(`store the answer to read #${number}`, async (model, real) => {
    const [read] = model.reading.splice(number % Math.max(1, model.reading.length), 1);
    if (!read) return;
    model.storeAnswer(read);
    await real.saveRead({ ...read, sending: real.sendings.get(read.at) ?? { sentAt: 0, at: 0 } });
  });
}

/** Reserves a use that the provider is to apply. */
export function reserve(asked: Asked, subscription: string, key: string): LedgerCommand {
  return command(`reserve ${JSON.stringify(asked)} for ${subscription} under ${key}`, async (model, real) => {
    const expected = model.verdict(asked, subscription);
    const call = toCall(asked.caller, `aside-${key}-${model.moment}`, 'apply', 'input');
    const claim = await real.store.idempotencyKeys.claim(call, 'STRIPE_CONNECT', () => model.now);
    if (claim.kind !== 'CLAIMED') throw new Error(`The key of a new call is ${claim.kind}`);
    const intent = { provider: 'STRIPE_CONNECT', account: 'acct_model', call: claim.lease } as const;
    const request = { subscriptionId: subscription, usesBefore: [] };
    const use = { ...toUse(asked, real), subscriptionId: subscription };
    const reserved = await real.store.subscriptionDiscounts.reserve(use, { ...intent, request }, model.now);
    if (reserved.kind !== 'RESERVED') {
      agree(reserved, expected);
      return;
    }
    expect(expected.kind).toBe('TAKEN');
    const own = expected.kind === 'TAKEN' ? expected.own : undefined;
    const { id } = reserved.redemption;
    const heldBefore = own ? { until: own.heldUntil, customer: own.customer } : null;
    record(model, asked, own, { id, status: 'HELD', heldUntil: null, heldBefore, subscription });
  });
}

/** The provider answers for a reserved use: it has applied and counts it, or it has refused it. */
export function answerReserved(number: number, isApplied: boolean): LedgerCommand {
  return command(`the provider ${isApplied ? 'applies' : 'refuses'} #${number}`, async (model, real) => {
    const waiting = model.uses.filter(({ status, heldUntil }) => status === 'HELD' && heldUntil === null);
    const use = waiting[number % Math.max(1, waiting.length)];
    if (!use) return;
    const ledgerId = parseRedemptionId(use.id) ?? '';
    const { subscriptionDiscounts } = real.store;
    if (isApplied) {
      await subscriptionDiscounts.markApplied(ledgerId, `association-${model.moment}`, model.now);
      Object.assign(use, { status: 'REDEEMED', countedAt: model.moment });
    } else {
      await subscriptionDiscounts.markNotApplied(ledgerId, model.now);
      const before = use.heldBefore;
      if (before === null) use.status = 'CANCELLED';
      else {
        Object.assign(use, {
          heldUntil: before.until,
          customer: before.customer,
          heldBefore: null,
          subscription: null,
        });
      }
    }
  });
}

/** The provider has ended a use that it had applied. */
export function endApplied(number: number): LedgerCommand {
  return command(`the provider ends #${number}`, async (model, real) => {
    const applied = model.uses.filter(({ status, subscription }) => status === 'REDEEMED' && subscription !== null);
    const use = applied[number % Math.max(1, applied.length)];
    if (!use) return;
    await real.store.subscriptionDiscounts.markEnded(parseRedemptionId(use.id) ?? '', null, model.now);
    use.status = 'CANCELLED';
  });
}
