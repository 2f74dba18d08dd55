import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CHOSEN_STORES, type TestStore } from '../store/test-stores.ts';
import { startProcess } from '../support/processes/gateway-process.ts';
import { closeSimulators, type Simulators, startSimulators, variablesOf } from '../support/simulators.ts';
import { CALLS, CRASHES, expectDoneOnce, indices, TIMEOUT_MS, write, writeUntil } from './crash-round.ts';

const SEED = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000);

describe.each(CHOSEN_STORES)('on %s', (_, createStore) => {
  let store: TestStore;
  let simulators: Simulators;
  let settings: Record<string, string>;

  beforeAll(async () => {
    store = await createStore();
    simulators = await startSimulators();
    settings = { ...variablesOf(simulators), DATABASE_URL: store.url, STRIPE_CONNECT_ACCOUNTS: 'acct_crash' };
  });
  afterAll(async () => {
    await closeSimulators(simulators);
    await store.remove();
  });

  it.each(
    fc.sample(fc.nat({ max: CALLS }), { seed: SEED, numRuns: CRASHES }).map((after, round) => ({ round, after })),
  )(
    `after kill -9 at $after answers, no answered write is lost and none has a second effect (seed ${SEED})`,
    { timeout: TIMEOUT_MS },
    async ({ round, after }) => {
      const first = await startProcess(settings);
      onTestFinished(() => void first.end('SIGKILL'));
      const { applied, writes } = await writeUntil(first, round, after);
      await first.end('SIGKILL');
      const acknowledged = await Promise.all(writes);

      const second = await startProcess(settings);
      onTestFinished(() => void second.end('SIGKILL'));
      const repeated = await Promise.all(indices.map((index) => write(second, round, index)));
      await expectDoneOnce(second, simulators, { round, acknowledged, repeated, applied });
      expect(await second.end('SIGTERM')).toBe(0);
    },
  );

  it.each(
    fc
      .sample(fc.nat({ max: CALLS - 1 }), { seed: SEED, numRuns: Math.ceil(CRASHES / 2) })
      .map((after, index) => ({ round: CRASHES + index, after })),
  )(
    `a process that is paused after $after answers and resumes after another repeated its writes causes no second effect (seed ${SEED})`,
    { timeout: TIMEOUT_MS },
    async ({ round, after }) => {
      const [first, second] = await Promise.all([startProcess(settings), startProcess(settings)]);
      onTestFinished(() => void Promise.all([first.end('SIGKILL'), second.end('SIGKILL')]));
      const { applied, writes } = await writeUntil(first, round, after);
      first.pause();
      const locked = Promise.withResolvers<void>();
      const repeats = Promise.all(indices.map((index) => write(second, round, index, locked.resolve)));
      await Promise.race([repeats, locked.promise]);
      first.resume();
      const [acknowledged, repeated] = await Promise.all([Promise.all(writes), repeats]);
      await expectDoneOnce(second, simulators, { round, acknowledged, repeated, applied });
      expect(await Promise.all([first.end('SIGTERM'), second.end('SIGTERM')])).toEqual([0, 0]);
    },
  );
});
