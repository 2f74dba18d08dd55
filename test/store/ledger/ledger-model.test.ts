import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LedgerModel } from '../../domain/ledger/ledger-model.ts';
import { ledgerCommands } from '../../domain/ledger/random-commands.ts';
import { CHOSEN_STORES } from '../test-stores.ts';
import { openRealLedger } from './open-ledger.ts';

/** `npm run torture` sets a larger number. */
const RUNS = Number(process.env.MODEL_RUNS ?? 10);
const SEED = Number(process.env.MODEL_SEED ?? Date.now() % 1_000_000);

it.each(CHOSEN_STORES)(
  `the ledger on %s agrees with a simple list of uses (seed ${SEED})`,
  {
    timeout: 30_000 + RUNS * 4000,
  },
  async (_, create) => {
    await fc.assert(
      fc.asyncProperty(fc.commands(ledgerCommands, { maxCommands: 60, size: 'max' }), async (played) => {
        const real = await openRealLedger(create);
        try {
          await fc.asyncModelRun(() => ({ model: new LedgerModel(), real }), played);
        } finally {
          await real.remove();
        }
      }),
      { seed: SEED, numRuns: RUNS },
    );
    expect.hasAssertions();
  },
);
