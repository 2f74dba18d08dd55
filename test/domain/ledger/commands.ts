import type fc from 'fast-check';
import { expect } from 'vitest';
import type { IdempotentCall } from '../../../src/domain/ledger/idempotency-key.ts';
import type {
  CancelAnswer,
  ConfirmAnswer,
  Confirmation,
  TakeAnswer,
  Use,
} from '../../../src/domain/ledger/requests.ts';
import type { Money } from '../../../src/domain/money/money.ts';
import { parseRedemptionId } from '../../../src/domain/promotion/identity.ts';
import type { Redemption } from '../../../src/domain/redemption/redemption.ts';
import { EVERYTHING } from '../../store/store-parts.ts';
import {
  type Asked,
  CODES,
  COUPON_MAX,
  type Expected,
  type LedgerModel,
  type ModelUse,
  TERMS,
} from './ledger-model.ts';
import type { RealLedger } from './real-ledger.ts';

export type LedgerCommand = fc.AsyncCommand<LedgerModel, RealLedger>;

/** A command that is always possible. After it, the counters of model and ledger must be equal. */
export function command(
  text: string,
  play: (model: LedgerModel, real: RealLedger) => Promise<void> | void,
): LedgerCommand {
  return {
    check: () => true,
    run: async (model, real) => {
      model.moment += 1;
      await play(model, real);
      // A hold that comes back after a refusal may have ended meanwhile.
      model.expire();
      await compare(model, real);
    },
    toString: () => text,
  };
}

/** Compares all counters, and checks the limits. */
async function compare(model: LedgerModel, real: RealLedger): Promise<void> {
  const { promotions, redemptions } = real.store;
  for (const name of [...CODES, 'coupon' as const]) {
    const promotion = await promotions.get(real.idOf(name), model.now);
    const [redeemed, held] = [model.redeemedOf(name), model.heldOf(name)];
    expect([name, promotion?.redeemedCount, promotion?.heldCount]).toEqual([name, redeemed, held]);
    const max = name === 'coupon' ? COUPON_MAX : TERMS[name].max;
    if (max !== null) expect(model.countedOf(name) + heldAndUncounted(model, name)).toBeLessThanOrEqual(max);
  }
  for (const use of model.uses) {
    const shown = { status: use.status, countedByProvider: use.countedAt !== null, ...grantedOf(use) };
    expect(await redemptions.get(use.id, model.now)).toMatchObject(shown);
  }
}

/** The amounts that the redemption of a use must show. */
export function grantedOf({ granted }: ModelUse) {
  return { orderAmount: granted?.amount ?? null, discountAmount: granted?.discount ?? null };
}

function heldAndUncounted(model: LedgerModel, name: (typeof CODES)[number] | 'coupon'): number {
  return model
    .active()
    .filter(({ code, countedAt }) => countedAt === null && (name === 'coupon' ? TERMS[code].hasCoupon : code === name))
    .length;
}

export function toUse(asked: Asked, real: RealLedger): Use {
  return {
    promotionId: real.idOf(asked.code),
    customerId: asked.customer,
    order: { id: asked.order, amount: null, planId: null, firstTransaction: false },
    subscriptionId: null,
    caller: asked.caller,
    boundTo: null,
    mayRead: true,
  };
}

export function toCall(caller: string, key: string, mutation: string, input: string): IdempotentCall {
  return { caller, key, mutation, inputHash: input, ...EVERYTHING };
}

export function take(asked: Asked, as: 'REDEEMED' | 'HELD', seconds: number, key: string): LedgerCommand {
  const meaning = JSON.stringify([asked, as, seconds]);
  return command(`take ${as} ${meaning} under ${key}`, async (model, real) => {
    const owned = `${asked.caller}/${key}`;
    const expected = model.byKey(owned, meaning) ?? model.verdict(asked);
    const until = model.now + seconds * 1000;
    const use = toUse(asked, real);
    const { kind: quoted } = await real.store.ledger.quote(use, model.now);
    if (!model.keys.has(owned) && expected.kind !== 'IN_PROGRESS') {
      expect(quoted).toBe(expected.kind === 'REFUSED' ? 'REFUSED' : 'ELIGIBLE');
    }
    const mode = as === 'HELD' ? { as, until } : { as };
    const call = toCall(asked.caller, key, 'take', meaning);
    const answer = await real.store.ledger.take(use, mode, call, model.now);
    const redemption = agree(answer, expected);
    if (!redemption) return;
    model.keys.set(owned, { meaning, id: redemption.id });
    if (expected.kind === 'TAKEN') {
      record(model, asked, expected.own, { id: redemption.id, status: as, heldUntil: as === 'HELD' ? until : null });
    }
  });
}

/** Expects the answer of the model. @returns the redemption, if there is one */
export function agree(answer: TakeAnswer, expected: Expected): Redemption | null {
  if (answer.kind === 'REFUSED') {
    expect({ kind: 'REFUSED', reason: answer.reason }).toEqual(expected);
    return null;
  }
  if (answer.kind !== 'TAKEN') {
    const kinds = { IN_PROGRESS: 'IN_PROGRESS', INVALID_INPUT: 'NOT_APPLIED', IDEMPOTENCY_CONFLICT: 'CONFLICT_OF_KEY' };
    expect(kinds[answer.kind]).toBe(expected.kind);
    return null;
  }
  expect(answer.replayed ? 'REPLAYED' : 'TAKEN').toBe(expected.kind);
  if (expected.kind === 'REPLAYED') {
    expect(answer.redemption.id).toBe(expected.use.id);
    // A customer may have claimed a guest's redemption in the meantime.
    expected.use.customer ??= answer.redemption.customerId;
  }
  return answer.redemption;
}

export function record(
  model: LedgerModel,
  asked: Asked,
  own: ModelUse | undefined,
  state: Pick<ModelUse, 'id' | 'status' | 'heldUntil'> & Partial<Pick<ModelUse, 'heldBefore' | 'subscription'>>,
): void {
  const taken = { heldBefore: null, subscription: null, ...state };
  const isApplying = taken.status === 'HELD' && taken.heldUntil === null;
  const takenAt = own && !isApplying ? own.takenAt : model.moment;
  if (own) {
    expect(taken.id).toBe(own.id);
    Object.assign(own, taken, { customer: asked.customer, takenAt });
  } else model.uses.push({ ...asked, ...taken, takenAt, countedAt: null, granted: null });
}

/** The caller that confirms or cancels. If it may manage, it can change all uses and report counted ones. */
export interface ModelActor {
  key: string;
  caller: string;
  mayManage: boolean;
  counted: boolean;
  /** The final amount of the order. Only confirmations use it. */
  amount: Money | null;
}

/** Confirms or cancels the use with this index, modulo their number. */
export function settle(
  verb: 'confirm' | 'cancel',
  number: number,
  { key, caller, mayManage, counted, amount }: ModelActor,
): LedgerCommand {
  const by = { caller, mayManage, customer: null };
  return command(
    `${verb} #${number} counted=${counted} amount=${JSON.stringify(amount)} under ${caller}/${key} manage=${mayManage}`,
    async (model, real) => {
      const use = model.uses[number % Math.max(1, model.uses.length)];
      const id = use?.id ?? 'none';
      const ledgerId = parseRedemptionId(id) ?? 'none';
      const meaning = JSON.stringify([verb, id, counted, amount]);
      const owned = `${caller}/${key}`;
      const call = toCall(caller, key, verb, meaning);
      const before = model.byKey(owned, meaning);
      if (!before) model.expire();
      const { ledger } = real.store;
      const answer = await (verb === 'confirm'
        ? ledger.confirm(confirmationOf({ ledgerId, counted, amount }), by, call, model.now)
        : ledger.cancel(ledgerId, null, by, call, model.now));
      const settling = { caller, mayManage, counted, amount };
      expect(answer.kind).toBe(before ? kindOf(before) : expectedAnswer(model, verb, use, settling));
      if (before || answer.kind !== 'TAKEN' || !use) return;
      model.keys.set(owned, { meaning, id });
      recordSettled(model, verb, use, settling);
    },
  );
}

function kindOf(expected: Expected): ConfirmAnswer['kind'] {
  return expected.kind === 'REPLAYED' ? 'TAKEN' : 'IDEMPOTENCY_CONFLICT';
}

export function confirmationOf({
  ledgerId,
  counted,
  amount,
}: Pick<ModelActor, 'counted' | 'amount'> & { ledgerId: string }): Confirmation {
  return { ledgerId, countedByProvider: counted, finalAmount: amount && { amount } };
}

/** Records a confirmation or cancellation that has succeeded. */
export function recordSettled(
  model: LedgerModel,
  verb: 'confirm' | 'cancel',
  use: ModelUse,
  { counted, mayManage, amount }: Pick<ModelActor, 'counted' | 'mayManage' | 'amount'>,
): void {
  if (verb === 'cancel') {
    use.status = 'CANCELLED';
    return;
  }
  const discount = amount && model.discountOn(use, amount);
  if (amount && discount) use.granted = { amount, discount };
  Object.assign(use, { status: 'REDEEMED', countedAt: counted && mayManage ? model.moment : null });
}

/** The expected answer to a confirmation or cancellation, after the release of expired holds. */
export function expectedAnswer(
  model: LedgerModel,
  verb: 'confirm' | 'cancel',
  use: ModelUse | undefined,
  { caller, mayManage, amount }: Pick<ModelActor, 'caller' | 'mayManage' | 'amount'>,
): CancelAnswer['kind'] | 'REFUSED' {
  if (!use || (use.caller !== caller && !mayManage)) return 'NOT_FOUND';
  const isRefused = verb === 'confirm' && amount !== null && model.discountOn(use, amount) === null;
  if (use.status === 'HELD') return use.heldUntil === null ? 'CONFLICT' : isRefused ? 'REFUSED' : 'TAKEN';
  if (verb === 'confirm' || use.status !== 'REDEEMED') return 'CONFLICT';
  return use.subscription === null ? 'TAKEN' : 'STANDS_AT_PROVIDER';
}

export function advance(seconds: number): LedgerCommand {
  return command(`${seconds} s pass`, async (model, real) => {
    model.now += seconds * 1000;
    const before = model.uses.filter(({ status }) => status === 'EXPIRED').map(({ id }) => id);
    model.expire();
    const expired = model.uses.filter(({ id, status }) => status === 'EXPIRED' && !before.includes(id));
    const released = await real.store.ledger.releaseExpired(model.now);
    expect(released.map(({ id }) => id).sort()).toEqual(expired.map(({ id }) => id).sort());
  });
}

export function reopen(): LedgerCommand {
  return command('the store is closed and opened again', (_, real) => real.reopen());
}
