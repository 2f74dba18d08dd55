const SECOND_MS = 1000;
/** Timers fire late. Waiting calls may catch up at most this much. */
const MAX_CATCH_UP_MS = 100;

/**
 * A limit of calls in any one second. Calls within the limit start immediately. While calls wait, they start at an even pace,
 * so that an urgent call never waits a whole second because of a burst before it. Times are in milliseconds on one monotonic
 * clock.
 */
export class CallRate {
  readonly #perSecond: number;
  /** Ring buffer of the start times of the last `perSecond` calls. */
  readonly #starts: number[] = [];
  #oldest = 0;
  #pacedUntil = 0;

  /** @param perSecond 0: no limit */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** The time between two paced calls; 0 without a limit. */
  get intervalMs(): number {
    return this.#perSecond === 0 ? 0 : SECOND_MS / this.#perSecond;
  }

  /** The earliest start of the next call. */
  nextAt(): number {
    const oldest = this.#starts[this.#oldest];
    return Math.max(this.#pacedUntil, oldest === undefined ? 0 : oldest + SECOND_MS);
  }

  /** Records that a call starts now. `hasWaitingCalls`: other calls wait for their turn. */
  take(now: number, hasWaitingCalls: boolean): void {
    if (this.#perSecond === 0) return;
    if (hasWaitingCalls) this.#pacedUntil = Math.max(this.#pacedUntil, now - MAX_CATCH_UP_MS) + this.intervalMs;
    this.#starts[this.#oldest] = now;
    this.#oldest = (this.#oldest + 1) % this.#perSecond;
  }
}
