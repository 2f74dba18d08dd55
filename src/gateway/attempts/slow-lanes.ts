import { setTimeout } from 'node:timers/promises';
import { type BulkheadPolicy, BulkheadRejectedError, bulkhead } from 'cockatiel';
import type { Sleep } from '../core/gateway.ts';

/** Attempts of one lane that run or wait out their delay at once. */
const AT_ONCE = 4;
/** Attempts of one lane that wait for their turn; with the longest delay, the last of them begins after 20 seconds. */
const MOST_WAITING = 40;
/** In milliseconds. */
const LONGEST_DELAY = 2000;

/** Slows attempts down, each lane on its own: few attempts at once, each after a delay, and a bounded queue. */
export class SlowLanes {
  readonly #sleep: Sleep;
  readonly #lanes = new Map<string, BulkheadPolicy>();

  constructor(sleep: Sleep = setTimeout) {
    this.#sleep = sleep;
  }

  /**
   * Runs `work` when it is its turn and the delay has passed.
   * @param share how slow, from 0 (no delay) to 1 (two seconds)
   * @returns the result, or how many seconds to wait where too many wait already
   */
  async run<Result>(
    name: string,
    share: number,
    work: () => Promise<Result>,
  ): Promise<{ result: Result } | { waitSeconds: number }> {
    const delay = LONGEST_DELAY * Math.min(1, share);
    const lane = this.#lanes.get(name) ?? bulkhead(AT_ONCE, MOST_WAITING);
    this.#lanes.set(name, lane);
    try {
      const result = await lane.execute(async () => {
        await this.#sleep(delay);
        return work();
      });
      return { result };
    } catch (error) {
      if (!(error instanceof BulkheadRejectedError)) throw error;
      return { waitSeconds: Math.max(1, Math.ceil((delay * MOST_WAITING) / AT_ONCE / 1000)) };
    } finally {
      if (lane.executionSlots === AT_ONCE) this.#lanes.delete(name);
    }
  }
}
