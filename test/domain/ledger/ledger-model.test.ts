import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LedgerModel } from './ledger-model.ts';
import { openMemoryLedger } from './memory-ledger.ts';
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
