import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { CHOSEN_STORES } from '../../store/test-stores.ts';
import { defined } from '../../support/defined.ts';
import type { RunningGateway } from '../../support/start-gateway.ts';
import { CHANGES } from './answer-changes.ts';
import { ask } from './answer-client.ts';
import { openWorld, readsOf, type World } from './answer-world.ts';

const RUNS = Number(process.env.ANSWER_RUNS ?? 1);
const STEPS = 25;
/** For a busy machine: each step makes some hundred requests. */
const TIMEOUT_MS = 240_000;
/** The clock moves often: a wrong end of an answer shows only if no change drops the answer before. */
const NAMES = [...Object.keys(CHANGES), 'createCode', 'passDate', 'passDate'];
const change = fc.record({ name: fc.constantFrom(...NAMES), by: fc.constantFrom(0, 1), pick: fc.nat(1000) });

/** Compares each answer from memory with an execution of the same read. @returns how many came from memory */
async function compare(world: World, gateway: RunningGateway): Promise<number> {
  let hits = 0;
  for (const { query, headers } of readsOf(world)) {
    const given = await ask(gateway, query, { headers });
    if (!given.isHit) continue;
    hits += 1;
    // At once: an execution of another read may bring statuses in the store up to date, which drops wrong answers.
    const executed = await ask(world.executing, query, { headers });
    expect({ query, answer: JSON.parse(given.body) }).toEqual({ query, answer: JSON.parse(executed.body) });
  }
  return hits;
}

it.each(CHOSEN_STORES)(
  'every answer from memory is what an execution gives, on %s',
  async (engine, store) => {
    // On a server, a process may learn a moment later what another one has committed.
    const soon = (check: () => Promise<number>) => (engine === 'SQLite' ? check() : vi.waitFor(check, 10_000));
    let hits = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: STEPS, maxLength: 2 * STEPS }), async (changes) => {
        const world = await openWorld(store);
        try {
          for (const { name, by, pick } of changes) {
            await CHANGES[name]?.(world, by, pick);
            const [own, other] = by === 0 ? world.remembering : world.remembering.toReversed();
            hits += await compare(world, defined(own));
            hits += await soon(() => compare(world, defined(other)));
          }
        } finally {
          await world.close();
        }
      }),
      // Each attempt to find a shorter sequence would take seconds.
      { numRuns: RUNS, endOnFailure: true },
    );
    expect(hits).toBeGreaterThan(RUNS * STEPS);
  },
  TIMEOUT_MS,
);
