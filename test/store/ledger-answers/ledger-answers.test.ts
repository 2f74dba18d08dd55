import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toUse } from '../../domain/ledger/commands.ts';
import { type Asked, CODES } from '../../domain/ledger/ledger-model.ts';
import { answerReserved, endApplied, endRead, reserve } from '../../domain/ledger/provider-commands.ts';
import { finalAmount } from '../../domain/ledger/random-commands.ts';
import { openRealLedger } from '../ledger/open-ledger.ts';
import { EVERYTHING } from '../store-parts.ts';
import { CHOSEN_STORES } from '../test-stores.ts';
import { quote, quoteAgain, repeat, reserveAgain, settle, take, VARIANT_NAMES } from './commands.ts';
import { AnswersModel } from './model.ts';
import { watched } from './watch.ts';
import { beginRead, pass, passToRelease, releaseExpired, reopen, useElsewhere } from './world.ts';

/** Same variables as the model test in ../ledger, whose model and store this test uses. */
const RUNS = Number(process.env.MODEL_RUNS ?? 10);
const SEED = Number(process.env.MODEL_SEED ?? Date.now() % 1_000_000);

/** Idempotency keys are mostly new: `repeat` commands use them again. */
const key = fc.oneof({ weight: 6, arbitrary: fc.nat({ max: 999 }).map((each) => `k${each}`) }, fc.constant('common'));
const caller = fc.oneof({ weight: 5, arbitrary: fc.constant('shop') }, fc.constant('app'));
const number = fc.nat({ max: 30 });
const seconds = fc.constantFrom(1, 60, 600, 900);
const code = fc.constantFrom(...CODES);
const asked: fc.Arbitrary<Asked> = fc.record({
  code,
  caller,
  customer: fc.constantFrom('ann', 'ann', 'ben', null),
  order: fc.constantFrom('o1', 'o1', 'o2', 'o3', null),
});

const hold = fc.tuple(asked, seconds, key).map(([use, held, under]) => take(use, 'HELD', held, under));
const again = fc.tuple(number, fc.constantFrom(...VARIANT_NAMES)).map(([which, variant]) => repeat(which, variant));
const settlement = fc
  .tuple(
    fc.constantFrom('confirm' as const, 'cancel' as const),
    number,
    fc.record({ key, caller, mayManage: fc.boolean(), counted: fc.boolean(), amount: finalAmount }),
  )
  .map(([verb, which, by]) => settle(verb, which, by));

/**
 * Commands that use up limits appear several times, so that two limits are sometimes reached together. So do
 * confirmations and cancellations, because most of them meet a use that is already confirmed or cancelled.
 */
const commands = [
  hold,
  hold,
  hold,
  again,
  again,
  fc.tuple(asked, key).map(([use, under]) => take(use, 'REDEEMED', 0, under)),
  settlement,
  settlement,
  settlement,
  fc.tuple(asked, fc.constantFrom('sub-1', 'sub-2'), key).map(([use, to, under]) => watched(reserve(use, to, under))),
  number.map((which) => watched(endApplied(which))),
  number.map(reserveAgain),
  fc.tuple(number, fc.boolean()).map(([which, isApplied]) => watched(answerReserved(which, isApplied))),
  asked.map(quote),
  number.map(quoteAgain),
  code.map(useElsewhere),
  code.map(beginRead),
  code.map(beginRead),
  number.map((which) => watched(endRead(which))),
  number.map((which) => watched(endRead(which))),
  fc.constantFrom(1, 999, 1000, 60_000).map(pass),
  fc.constantFrom(0 as const, 1 as const).map(passToRelease),
  fc.constant(releaseExpired()),
  fc.constant(reopen()),
];

it.each(CHOSEN_STORES)(
  `the ledger on %s gives the same answers as the model, with no release of ended holds (seed ${SEED})`,
  {
    timeout: 30_000 + RUNS * 5000,
  },
  async (_, create) => {
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 40, size: 'max' }), async (played) => {
        const real = await openRealLedger(create);
        try {
          await fc.asyncModelRun(() => ({ model: new AnswersModel(), real }), played);
        } finally {
          await real.remove();
        }
      }),
      { seed: SEED, numRuns: RUNS },
    );
    expect.hasAssertions();
  },
);

it('a replay shows an expired hold as expired', async () => {
  const real = await openRealLedger();
  try {
    const use = toUse({ code: 'free', caller: 'shop', customer: 'ann', order: 'o1' }, real);
    const call = { caller: 'shop', key: 'k', mutation: 'hold', inputHash: 'input', ...EVERYTHING };
    const holdAt = (now: number) => real.store.ledger.take(use, { as: 'HELD', until: 1000 }, call, now);
    await holdAt(0);
    expect(await holdAt(1000)).toMatchObject({ replayed: true, redemption: { status: 'EXPIRED' } });
  } finally {
    await real.remove();
  }
});
