import { expect } from 'vitest';
import type { Code } from '../../domain/ledger/ledger-model.ts';
import { type AnswersCommand, command, everything, expectUnchanged } from './watch.ts';

/** More would reach every limit from outside, and the ledger would have nothing to decide. */
const MOST_ELSEWHERE = 2;

/** Time passes without a call to the ledger, which must tell ended holds by their times. */
export function pass(milliseconds: number): AnswersCommand {
  return command(`${milliseconds} ms pass`, (model) => {
    model.now += milliseconds;
    model.expire();
  });
}

/** Time passes until the next hold expires: exactly, or to one millisecond before. */
export function passToRelease(before: 0 | 1): AnswersCommand {
  return command(`time passes to ${before} ms before the next hold expires`, (model) => {
    const ends = model.uses.map(({ status, heldUntil }) => (status === 'HELD' ? heldUntil : null));
    const coming = ends.filter((end) => end !== null).filter((end) => end > model.now);
    if (coming.length > 0) model.now = Math.min(...coming) - before;
    model.expire();
  });
}

export function releaseExpired(): AnswersCommand {
  return command('release expired holds', async (model, real) => {
    const ended = model.uses.filter(({ status }) => status === 'EXPIRED').map(({ id }) => id);
    // The ledger has released some of them before, when it met them.
    for (const { id, status } of await real.store.ledger.releaseExpired(model.now)) {
      expect([status, ended]).toEqual(['EXPIRED', expect.arrayContaining([id])]);
    }
    expect(await real.store.ledger.releaseExpired(model.now)).toEqual([]);
  });
}

/** The code is used at the provider without the gateway, which sees it at the next read. */
export function useElsewhere(code: Code): AnswersCommand {
  return command(
    `${code} is used at the provider`,
    (model) => {
      model.elsewhere.push(code);
    },
    ({ elsewhere }) => elsewhere.length < MOST_ELSEWHERE,
  );
}

/** Starts a read. It is answered with the provider's current count, and stored later. */
export function beginRead(code: Code): AnswersCommand {
  return command(`begin a read of ${code}`, async (model, real) => {
    real.sendings.set(model.moment, await real.store.promotions.sending(0));
    model.reading.push({
      code,
      at: model.moment,
      as: 'READ',
      count: model.providerCountOf(code),
      couponCount: model.providerCountOf('coupon'),
    });
  });
}

export function reopen(): AnswersCommand {
  return command('the store is closed and opened again', async (model, real) => {
    const before = await everything(model, real);
    await real.reopen();
    await expectUnchanged(model, real, before);
  });
}
