import { setImmediate, setTimeout } from 'node:timers/promises';

/** The shortest and the longest time that the loop works before it lets other work run. */
const SLICE_MS = { least: 2, most: 10 };
/** If other work takes less time than this between two slices, the process counts as idle. */
const IDLE_MS = 0.25;
/** While the process is busy, other work gets this many times the loop's own time. */
const OTHERS_PER_SLICE = 7;

/** Work that is done in slices. */
export interface Delivery {
  /** Works until no work or no time is left; does at least one step. */
  work(hasTime: () => boolean): Promise<void>;
  readonly hasWork: boolean;
}

/**
 * Delivers events in short slices; the deliveries take turns. While requests wait for the process, delivery gets at
 * most an eighth of its time: subscribers wait, requests do not.
 */
export class DeliveryLoop {
  readonly #waiting = new Set<Delivery>();
  readonly #reportBug: (error: unknown) => void;
  #isRunning = false;

  constructor(reportBug: (error: unknown) => void) {
    this.#reportBug = reportBug;
  }

  /** Gives a delivery its turn. */
  add(delivery: Delivery): void {
    this.#waiting.add(delivery);
    if (!this.#isRunning) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    let sliceMs = SLICE_MS.least;
    while (this.#waiting.size > 0) {
      const end = performance.now() + sliceMs;
      const hasTime = () => performance.now() < end;
      do await this.#workOnNext(hasTime);
      while (this.#waiting.size > 0 && hasTime());
      const othersMs = await giveWay(sliceMs + performance.now() - end);
      // If one turn of the event loop takes long, a short slice would be less than the loop's eighth.
      sliceMs = Math.min(Math.max(othersMs / OTHERS_PER_SLICE, SLICE_MS.least), SLICE_MS.most);
    }
    this.#isRunning = false;
  }

  async #workOnNext(hasTime: () => boolean): Promise<void> {
    const [next] = this.#waiting;
    if (!next) return;
    this.#waiting.delete(next);
    try {
      await next.work(hasTime);
      if (next.hasWork) this.#waiting.add(next);
    } catch (error) {
      // The other deliveries continue.
      this.#reportBug(error);
    }
  }
}

/**
 * Lets all other pending work run, and waits longer if there was some.
 * @returns how long that took, in milliseconds
 */
async function giveWay(workedMs: number): Promise<number> {
  const begun = performance.now();
  const sinceMs = () => performance.now() - begun;
  await setImmediate();
  const owedMs = workedMs * OTHERS_PER_SLICE - sinceMs();
  if (sinceMs() > IDLE_MS && owedMs > 0) await setTimeout(owedMs);
  return sinceMs();
}
