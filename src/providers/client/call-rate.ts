const SECOND = 1000;
/** How much of a late timer waiting calls may make up for, in milliseconds. */
const CATCH_UP = 100;

/**
 * A limit of calls in any second. Calls within it may go at once; while more wait, they go at an even pace, so that an urgent
 * call never waits a whole second after a burst of others. Times are in milliseconds on one monotonic clock.
 */
export class CallRate {
  readonly #perSecond: number;
  /** When the latest calls went, as many as may go in a second, in a ring. */
  readonly #sent: number[] = [];
  #oldest = 0;
  #pacedUntil = 0;

  /** @param perSecond 0: no limit */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** How long a call takes of the rate, in milliseconds; 0: there is no limit. */
  get interval(): number {
    return this.#perSecond === 0 ? 0 : SECOND / this.#perSecond;
  }

  /** When the next call may go. */
  nextAt(): number {
    const oldest = this.#sent[this.#oldest];
    return Math.max(this.#pacedUntil, oldest === undefined ? 0 : oldest + SECOND);
  }

  /** Records that a call goes now. `areMoreWaiting`: other calls wait for their turn. */
  take(now: number, areMoreWaiting: boolean): void {
    if (this.#perSecond === 0) return;
    if (areMoreWaiting) this.#pacedUntil = Math.max(this.#pacedUntil, now - CATCH_UP) + this.interval;
    this.#sent[this.#oldest] = now;
    this.#oldest = (this.#oldest + 1) % this.#perSecond;
  }
}
