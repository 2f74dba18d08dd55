import fc from 'fast-check';
import type { Money } from '../../../src/domain/money/money.ts';
import { advance, reopen, settle, take } from './commands.ts';
import { type Asked, CODES } from './ledger-model.ts';
import { answerReserved, beginRead, endApplied, endRead, reserve } from './provider-commands.ts';

const caller = fc.oneof({ weight: 5, arbitrary: fc.constant('shop') }, fc.constant('app'));
/** Most idempotency keys are new, so that few commands are repeats. */
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
/** Final amounts: usual, so small that other discounts of the order exceed it, and in another currency. */
export const finalAmount: fc.Arbitrary<Money | null> = fc.constantFrom(
  null,
  { minorUnits: 1005, currency: 'USD' },
  { minorUnits: 3, currency: 'USD' },
  { minorUnits: 1000, currency: 'EUR' },
);
const actor = fc.record({ key, caller, mayManage: fc.boolean(), counted: fc.boolean(), amount: finalAmount });

/** Random commands to a ledger. Their values are few, so that they interact. */
export const ledgerCommands = [
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
