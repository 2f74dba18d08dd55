import { OverloadedError } from './admission-errors.ts';

/** How many compressed bodies of one owner may wait. */
const MAX_WAITING = 500;

/**
 * Decompresses one body of each owner at a time. A thousand bytes can become a million, so bodies decompressed in parallel
 * would all be in memory before the first of them is complete.
 */
export class DecompressionQueue {
  readonly #queues = new Map<string, { count: number; last: Promise<unknown> }>();

  /**
   * Runs `work` after all earlier work of the same owner.
   * @throws {OverloadedError} if too many wait already
   */
  async inTurn<Result>(owner: string, work: () => Promise<Result>): Promise<Result> {
    const queue = this.#queues.get(owner) ?? { count: 0, last: Promise.resolve() };
    if (queue.count >= MAX_WAITING) throw new OverloadedError();
    const result = queue.last.then(work);
    // A failure must not reach the work that comes next.
    queue.last = result.catch(() => {});
    queue.count += 1;
    this.#queues.set(owner, queue);
    try {
      return await result;
    } finally {
      queue.count -= 1;
      if (queue.count === 0) this.#queues.delete(owner);
    }
  }
}
