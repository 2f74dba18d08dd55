import { setTimeout } from 'node:timers/promises';
import { type BulkheadPolicy, BulkheadRejectedError, bulkhead } from 'cockatiel';
import type { Sleep } from '../core/sleep.ts';
import type { LimitReached } from './window-limits.ts';

/** How many attempts of one lane run or wait out their delay at the same time. */
const MAX_RUNNING = 4;
/** How many attempts of one lane wait for a place. With the longest delay, the last of them begins after 20 seconds. */
const MAX_WAITING = 40;
const MAX_DELAY_MS = 2000;

/** Slows attempts down. In each lane, few run at the same time, each after a delay, and a bounded number waits. */
export class SlowLanes {
  readonly #sleep: Sleep;
  readonly #lanes = new Map<string, BulkheadPolicy>();

  constructor(sleep: Sleep = setTimeout) {
    this.#sleep = sleep;
  }

  /**
   * Waits for a place in a lane and for the delay.
   * @param share of the longest delay, from 0 (none) to 1 (two seconds)
   * @returns the place, to be disposed of when the attempt ends; or how many seconds to wait if the queue is full
   */
  async enter(name: string, share: number): Promise<Disposable | LimitReached> {
    const delay = MAX_DELAY_MS * Math.min(1, share);
    const place = await this.#place(name);
    if (!place) return { waitSeconds: Math.max(1, Math.ceil((delay * MAX_WAITING) / MAX_RUNNING / 1000)) };
    try {
      await this.#sleep(delay);
      return place;
    } catch (error) {
      place[Symbol.dispose]();
      throw error;
    }
  }

  /** @returns null if too many attempts wait already */
  #place(name: string): Promise<Disposable | null> {
    const lane = this.#lanes.get(name) ?? bulkhead(MAX_RUNNING, MAX_WAITING);
    this.#lanes.set(name, lane);
    return new Promise((resolve, reject) => {
      const occupy = () => new Promise<void>((leave) => resolve({ [Symbol.dispose]: leave }));
      lane
        .execute(occupy)
        .catch((error: unknown) => (error instanceof BulkheadRejectedError ? resolve(null) : reject(error)))
        .finally(() => {
          if (lane.executionSlots === MAX_RUNNING) this.#lanes.delete(name);
        });
    });
  }
}
