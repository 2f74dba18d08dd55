import fc from 'fast-check';
import { expect, it } from 'vitest';
import { advance, take } from './commands.ts';
import { LedgerModel } from './ledger-model.ts';
import { openMemoryLedger } from './memory-ledger.ts';
import { answerReserved, reserve } from './provider-commands.ts';
import { ledgerCommands } from './random-commands.ts';

/** `npm run torture` sets a larger number. */
const RUNS = Number(process.env.MODEL_RUNS ?? 100) * 3;
const SEED = Number(process.env.MODEL_SEED ?? Date.now() % 1_000_000);

it(`the decisions of the ledger agree with a simple list of uses (seed ${SEED})`, {
  timeout: 30_000 + RUNS * 100,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(ledgerCommands, { maxCommands: 60, size: 'max' }), async (played) => {
      await fc.asyncModelRun(() => ({ model: new LedgerModel(), real: openMemoryLedger() }), played);
    }),
    { seed: SEED, numRuns: RUNS },
  );
  expect.hasAssertions();
});

it('a hold that ends while its provider is asked stays ended, even if the clock is set back', async () => {
  const asked = { code: 'alone', caller: 'shop', customer: 'ben', order: 'o2' } as const;
  const refused = [
    take(asked, 'HELD', 1, 'k0'),
    reserve(asked, 'sub-1', 'again-1'),
    advance(1),
    answerReserved(0, false),
  ];
  await fc.asyncModelRun(() => ({ model: new LedgerModel(), real: openMemoryLedger() }), [...refused, advance(-1)]);
  expect.hasAssertions();
});
