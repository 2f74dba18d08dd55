/** Lets one caller in at a time, in the order of arrival. */
export class Queue {
  #last: Promise<void> = Promise.resolve();

  /** Waits until all earlier callers have left. @returns what the caller calls to leave */
  async enter(): Promise<() => void> {
    const earlier = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await earlier;
    return resolve;
  }
}
