import type fc from 'fast-check';
import { expect } from 'vitest';
import type { Store } from '../../../src/store/store.ts';
import { command as countedCommand, grantedOf, type LedgerCommand } from '../../domain/ledger/commands.ts';
import { type ModelUse, TERMS } from '../../domain/ledger/ledger-model.ts';
import type { RealLedger } from '../../domain/ledger/real-ledger.ts';
import { type AnswersModel, maxOf, NAMES } from './model.ts';

export type AnswersCommand = fc.AsyncCommand<AnswersModel, RealLedger<Store>>;

/** Adds a comparison of remaining uses, limits and redemptions after a command. */
export function watched(inner: LedgerCommand): AnswersCommand {
  return {
    check: () => true,
    run: async (model, real) => {
      await inner.run(model, real);
      await compare(model, real);
    },
    toString: () => String(inner),
  };
}

/** A command of this folder, with this comparison and that of {@link countedCommand}. */
export function command(
  text: string,
  play: (model: AnswersModel, real: RealLedger<Store>) => Promise<void> | void,
  check: (model: Readonly<AnswersModel>) => boolean = () => true,
): AnswersCommand {
  return {
    check,
    run: (model, real) => watched(countedCommand(text, () => play(model, real))).run(model, real),
    toString: () => text,
  };
}

async function compare(model: AnswersModel, real: RealLedger<Store>): Promise<void> {
  const { promotions, redemptions, redemptionList } = real.store;
  for (const name of NAMES) {
    const promotion = await promotions.get(real.idOf(name), model.now);
    expect([name, promotion?.remaining]).toEqual([name, model.remainingOf(name)]);
    const max = maxOf(name);
    if (max === null || model.elsewhereOf(name) > 0) continue;
    expect((promotion?.redeemedCount ?? 0) + (promotion?.heldCount ?? 0)).toBeLessThanOrEqual(max);
  }
  for (const customerId of ['ann', 'ben']) {
    const active = { promotionId: real.idOf('once-each'), customerId, statuses: ['HELD', 'REDEEMED'] as const };
    expect((await redemptionList.count(active, model.now)).rows).toBeLessThanOrEqual(
      TERMS['once-each'].perCustomer ?? 0,
    );
  }
  for (const use of model.uses) {
    expect(await redemptions.get(use.id, model.now)).toMatchObject(shown(use, real));
  }
}

/** The redemption that the ledger must return for a use of the model. */
export function shown(use: ModelUse, real: RealLedger<Store>) {
  return {
    id: use.id,
    status: use.status,
    promotionId: real.idOf(use.code),
    customerId: use.customer,
    orderId: use.order,
    heldUntil: use.status === 'HELD' || use.status === 'EXPIRED' ? use.heldUntil : null,
    countedByProvider: use.countedAt !== null,
    ...grantedOf(use),
  };
}

/** The whole state of the store, as far as its classes return it. */
export async function everything(model: AnswersModel, real: RealLedger<Store>) {
  const { promotions, redemptionList, idempotencyKeys, pendingWrites } = real.store;
  return {
    promotions: await promotions.getMany(NAMES.map(real.idOf), model.now),
    rows: await redemptionList.page({}, model.now, { limit: 1000, backwards: false }),
    keys: await Promise.all(model.sent.map(({ call }) => idempotencyKeys.state(call, model.now))),
    intents: await pendingWrites.all(),
    // Reading it increases it by one.
    sequence: (await promotions.sending(0)).sentAt,
  };
}

/** Expects that nothing was written, except the sequence number that {@link everything} draws. */
export async function expectUnchanged(
  model: AnswersModel,
  real: RealLedger<Store>,
  before: Awaited<ReturnType<typeof everything>>,
): Promise<void> {
  expect(await everything(model, real)).toEqual({ ...before, sequence: before.sequence + 1 });
}
