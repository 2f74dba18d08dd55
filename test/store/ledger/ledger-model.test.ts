import fc from 'fast-check';
import { expect, it } from 'vitest';
import { advance, reopen, settle, take } from './commands.ts';
import { type Asked, CODES, LedgerModel } from './ledger-model.ts';
import { openRealLedger } from './open-ledger.ts';
import { answerReserved, beginRead, endApplied, endRead, reserve } from './provider-commands.ts';

/** `npm run torture` sets a larger number. */
const RUNS = Number(process.env.MODEL_RUNS ?? 60);
const SEED = Number(process.env.MODEL_SEED ?? Date.now() % 1_000_000);

/** Few different values, so that commands interact. Most idempotency keys are new, so that few commands are repeats. */
const caller = fc.oneof({ weight: 5, arbitrary: fc.constant('shop') }, fc.constant('app'));
const key = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 999 }).map((each) => `k${each}`) },
  fc.constantFrom('again-1', 'again-2'),
);
const number = fc.nat({ max: 30 });
const seconds = fc.constantFrom(1, 2, 60, 600);
const asked: fc.Arbitrary<Asked> = fc.record({
  code: fc.constantFrom(...CODES),
  caller,
  customer: fc.constantFrom('ann', 'ben', null),
  order: fc.constantFrom('o1', 'o2', null),
});

const subscription = fc.constantFrom('sub-1', 'sub-2');
const actor = fc.record({ key, caller, mayManage: fc.boolean(), counted: fc.boolean() });

const commands = [
  fc.tuple(asked, seconds, key).map(([use, held, under]) => take(use, 'HELD', held, under)),
  fc.tuple(asked, key).map(([use, under]) => take(use, 'REDEEMED', 0, under)),
  fc.tuple(number, actor).map(([which, by]) => settle('confirm', which, by)),
  fc.tuple(number, actor).map(([which, by]) => settle('cancel', which, by)),
  fc.tuple(asked, subscription, key).map(([use, to, under]) => reserve(use, to, under)),
  fc.tuple(number, fc.boolean()).map(([which, isApplied]) => answerReserved(which, isApplied)),
  number.map(endApplied),
  fc
    .tuple(
      fc.constantFrom(...CODES),
      fc.constantFrom(0, 0, 1, 9),
      fc.constantFrom('READ' as const, 'READ' as const, 'PROOF' as const),
    )
    .map(([code, lag, as]) => beginRead(code, lag, as)),
  number.map(endRead),
  seconds.map(advance),
  // A clock that is set back.
  fc.constantFrom(-1, -60, -600).map(advance),
  fc.constant(reopen()),
];

it(`the ledger agrees with a simple list of uses (seed ${SEED})`, {
  timeout: 30_000 + RUNS * 2000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 60, size: 'max' }), async (played) => {
      const real = await openRealLedger();
      try {
        await fc.asyncModelRun(() => ({ model: new LedgerModel(), real }), played);
      } finally {
        real.remove();
      }
    }),
    { seed: SEED, numRuns: RUNS },
  );
  expect.hasAssertions();
});
