import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { LedgerCommand } from '../../../src/domain/ledger/command.ts';
import type { TakeMode, Use } from '../../../src/domain/ledger/requests.ts';
import { cancel, confirm } from '../../../src/domain/ledger/settle.ts';
import { take } from '../../../src/domain/ledger/take.ts';
import { CODES } from './ledger-model.ts';
import { MemoryLedger, modelPromotions } from './memory-ledger.ts';
import { idOf } from './model-promotions.ts';

const RUNS = Number(process.env.MODEL_RUNS ?? 100) * 3;
const NOW = 1_000_000;
const LATER = NOW + 5000;

const use: fc.Arbitrary<Use> = fc.record({
  promotionId: fc.constantFrom(...CODES.map(idOf)),
  customerId: fc.constantFrom('ann', 'ben', null),
  order: fc.constantFrom('o1', 'o2', null).map((id) => ({ id, amount: null, planId: null, firstTransaction: false })),
  subscriptionId: fc.constant(null),
  caller: fc.constantFrom('shop', 'app'),
  boundTo: fc.constant(null),
  mayRead: fc.constant(true),
});
const modeUntil = (...ends: number[]): fc.Arbitrary<TakeMode> =>
  fc.oneof(
    fc.constant({ as: 'REDEEMED' as const }),
    fc
      .tuple(fc.constantFrom(...ends), fc.constantFrom(undefined, 1, 2))
      .map(([until, mostOpen]) => ({ as: 'HELD' as const, until, mostOpen })),
  );
const call = fc.constantFrom('k1', 'k2', 'k3', 'k4', 'k5').map((key) => ({
  caller: 'shop',
  key,
  mutation: 'mutation',
  inputHash: 'input',
  accountScope: null,
}));
const finalAmount = fc.option(
  fc.constantFrom(
    { amount: { minorUnits: 1000, currency: 'USD' } },
    { amount: { minorUnits: 7, currency: 'USD' } },
    { amount: { minorUnits: 1000, currency: 'EUR' } },
  ),
);
const which = fc.nat({ max: 20 });

type Build = (ids: { next: string; of(index: number): string }) => LedgerCommand<unknown>;
const by = { caller: 'shop', customer: null, mayManage: true };

/** A random command. Its holds end at one of the given times. */
const commandUntil = (...ends: number[]): fc.Arbitrary<Build> =>
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.tuple(use, modeUntil(...ends), fc.option(call)).map(
        ([of, as, key]): Build =>
          ({ next }) =>
            take(of, as, key, next),
      ),
    },
    fc.tuple(which, fc.boolean(), finalAmount, fc.option(call)).map(
      ([index, countedByProvider, amount, key]): Build =>
        (ids) =>
          confirm({ ledgerId: ids.of(index), countedByProvider, finalAmount: amount }, by, key),
    ),
    fc.tuple(which, fc.option(call)).map(
      ([index, key]): Build =>
        (ids) =>
          cancel(ids.of(index), 'reason', by, key),
    ),
  );

/** The ledger ids of the commands of a test: the n-th command that makes a use makes `use-n`. */
function numbered(build: readonly Build[]) {
  return build.map((each, index) => each({ next: `use-${index}`, of: (number) => `use-${number}` }));
}

it('a batch decides as if its commands came one after another', () => {
  fc.assert(
    fc.property(
      // Some of the first holds have ended when the batch comes.
      fc.array(commandUntil(LATER, LATER + 1), { maxLength: 25 }),
      fc.array(commandUntil(LATER + 1), { minLength: 1, maxLength: 25 }),
      (before, batch) => {
        const [together, apart] = [new MemoryLedger(modelPromotions()), new MemoryLedger(modelPromotions())];
        const commands = numbered([...before, ...batch]);
        for (const one of commands.slice(0, before.length)) {
          together.decide([one], NOW);
          apart.decide([one], NOW);
        }
        const rest = commands.slice(before.length);
        const outcomes = together.decide(rest, LATER);
        expect(outcomes).toEqual(rest.flatMap((one) => apart.decide([one], LATER)));
        expect(together.facts(LATER)).toEqual(apart.facts(LATER));
      },
    ),
    { numRuns: RUNS },
  );
});

it('a command that fails leaves the others as they would be without it', () => {
  const failing: LedgerCommand<unknown> = {
    needs: {},
    decide: () => {
      throw new Error('a bug');
    },
  };
  fc.assert(
    fc.property(fc.array(commandUntil(LATER), { maxLength: 12 }), fc.nat({ max: 12 }), (build, at) => {
      const [disturbed, undisturbed] = [new MemoryLedger(modelPromotions()), new MemoryLedger(modelPromotions())];
      const commands = numbered(build);
      const position = Math.min(at, commands.length);
      const outcomes = disturbed.decide(commands.toSpliced(position, 0, failing), NOW);
      expect(outcomes[position]).toMatchObject({ kind: 'FAILED' });
      expect(outcomes.toSpliced(position, 1)).toEqual(undisturbed.decide(commands, NOW));
      const without = ({ uses }: ReturnType<MemoryLedger['facts']>) =>
        uses.map(({ takenNumber: _, countedNumber, ...rest }) => ({ ...rest, isCounted: countedNumber !== null }));
      expect(without(disturbed.facts(NOW))).toEqual(without(undisturbed.facts(NOW)));
    }),
    { numRuns: RUNS },
  );
});
