import fc from 'fast-check';
import { expect, it } from 'vitest';
import { answerAside, endAside, endRead, setAside, toUse } from '../ledger/commands.ts';
import { type Asked, CODES } from '../ledger/ledger-model.ts';
import { openRealLedger } from '../ledger/open-ledger.ts';
import { EVERYTHING } from '../store-parts.ts';
import { quote, quoteAgain, repeat, setAsideAgain, settle, TWIST_NAMES, take } from './commands.ts';
import { AnswersModel } from './model.ts';
import { watched } from './watch.ts';
import { beginRead, pass, passToRelease, releaseExpired, reopen, useElsewhere } from './world.ts';

/** As for the model test beside this one, whose model and store it shares. */
const RUNS = Number(process.env.MODEL_RUNS ?? 60);
const SEED = Number(process.env.MODEL_SEED ?? Date.now() % 1_000_000);

/** Keys are mostly new: that they meet is left to asking again. */
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
const again = fc.tuple(number, fc.constantFrom(...TWIST_NAMES)).map(([which, twist]) => repeat(which, twist));
const settlement = fc
  .tuple(
    fc.constantFrom('confirm' as const, 'cancel' as const),
    number,
    fc.record({ key, caller, mayManage: fc.boolean(), counted: fc.boolean() }),
  )
  .map(([verb, which, by]) => settle(verb, which, by));

/**
 * What fills the limits stands here more than once, so that two of them are full at a time now and then. So do
 * confirmations and cancellations: most meet a use that is settled already.
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
  fc.tuple(asked, fc.constantFrom('sub-1', 'sub-2'), key).map(([use, to, under]) => watched(setAside(use, to, under))),
  number.map((which) => watched(endAside(which))),
  number.map(setAsideAgain),
  fc.tuple(number, fc.boolean()).map(([which, isApplied]) => watched(answerAside(which, isApplied))),
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

it(`answers as the model does when nobody has looked at the clock (seed ${SEED})`, {
  timeout: 30_000 + RUNS * 2000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 40, size: 'max' }), async (played) => {
      const real = await openRealLedger();
      try {
        await fc.asyncModelRun(() => ({ model: new AnswersModel(), real }), played);
      } finally {
        real.remove();
      }
    }),
    { seed: SEED, numRuns: RUNS },
  );
  expect.hasAssertions();
});

it('a replay shows an expired hold as expired', async () => {
  const real = await openRealLedger();
  try {
    const use = toUse({ code: 'free', caller: 'shop', customer: 'ann', order: 'o1' }, real);
    const call = { caller: 'shop', key: 'k', mutation: 'hold', inputHash: 'input', ...EVERYTHING };
    const holdAt = (now: number) => real.store.ledger.take(use, { as: 'HELD', until: 1000 }, call, now);
    await holdAt(0);
    expect(await holdAt(1000)).toMatchObject({ replayed: true, redemption: { status: 'EXPIRED' } });
  } finally {
    real.remove();
  }
});
