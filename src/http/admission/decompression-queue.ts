import { OverloadedError } from './admission-errors.ts';

/** How many packed bodies of one share may wait to be unpacked. */
const MOST_WAITING = 500;

/**
 * Gives each share its turns to unpack: one body at a time. A thousand bytes become a million, and bodies that were
 * unpacked side by side would all be in memory before any of them is whole.
 */
export class DecompressionQueue {
  readonly #waiting = new Map<string, { count: number; last: Promise<unknown> }>();

  /**
   * Does the work when all that was asked for before by the same share is done.
   * @throws {OverloadedError} when too much waits already
   */
  async inTurn<Result>(share: string, work: () => Promise<Result>): Promise<Result> {
    const queue = this.#waiting.get(share) ?? { count: 0, last: Promise.resolve() };
    if (queue.count >= MOST_WAITING) throw new OverloadedError();
    const result = queue.last.then(work);
    // A failure does not reach the callers that wait behind it.
    queue.last = result.catch(() => {});
    queue.count += 1;
    this.#waiting.set(share, queue);
    try {
      return await result;
    } finally {
      queue.count -= 1;
      if (queue.count === 0) this.#waiting.delete(share);
    }
  }
}
