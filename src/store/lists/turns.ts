import { AsyncResource } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import { RoundRobin } from '../../domain/queues/round-robin.ts';

/** How many rows one turn of the event loop examines: a few milliseconds of work. */
export const ROWS_IN_A_TURN = 500;

/** The cost of reading and returning a row, in examined rows. */
export const ROW_READ = 5;

/**
 * Shares the event loop between callers that read many rows. SQLite answers synchronously, so long work is split into
 * pieces. When the rows of a turn are used up, everything else in the process runs before the next piece. Callers with
 * waiting pieces take turns, so that a caller with many pieces does not delay the others.
 */
export class Turns {
  #left = ROWS_IN_A_TURN;
  /** By caller. */
  readonly #waiting = new RoundRobin<() => void>();
  #isDraining = false;

  /**
   * Runs a piece of a caller's work, immediately if this turn has rows left. The piece reports its rows by {@link
   * spend}.
   */
  run<Result>(caller: string, work: () => Result | PromiseLike<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const piece = () => {
        try {
          resolve(work());
        } catch (error) {
          reject(error);
        }
      };
      if (this.#left > 0 && !this.#isDraining) return piece();
      // A piece that waits stays in the trace of its operation.
      this.#waiting.add(caller, AsyncResource.bind(piece));
      if (!this.#isDraining) void this.#drain();
    });
  }

  /** Uses up rows of this turn. */
  spend(rows: number): void {
    this.#left -= rows;
  }

  async #drain(): Promise<void> {
    this.#isDraining = true;
    for (let piece = this.#waiting.next(); piece; piece = this.#waiting.next()) {
      if (this.#left <= 0) {
        await setImmediate();
        this.#left = ROWS_IN_A_TURN;
      }
      piece();
    }
    this.#isDraining = false;
  }
}
