import { RoundRobin } from '../../domain/queues/round-robin.ts';

/** How many rows one turn of the event loop examines: a few milliseconds of work. */
export const ROWS_IN_A_TURN = 500;

/** The cost of reading and returning a row, in examined rows. */
export const ROW_READ = 5;

/**
 * Shares the event loop, and the connections for long reads, between callers that read many rows. An engine in this
 * process answers synchronously, so long work is split into pieces. When the rows of a turn are used up, everything else
 * in the process runs before the next piece. Callers with waiting pieces take turns, so that a caller with many pieces
 * does not delay the others.
 */
export class Turns {
  readonly #atOnce: number;
  #running = 0;
  #left = ROWS_IN_A_TURN;
  /** By caller: the calls that let a piece start. */
  readonly #waiting = new RoundRobin<() => void>();
  #isResting = false;

  /** @param atOnce how many pieces of {@link runToEnd} run at the same time */
  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /**
   * Starts a piece of a caller's work, immediately if this turn has rows left. The piece reports its rows by {@link
   * spend}, before it awaits anything. It may take any time.
   */
  async run<Result>(caller: string, work: () => Result | PromiseLike<Result>): Promise<Result> {
    await this.#enter(caller);
    try {
      return work();
    } finally {
      this.#leave();
    }
  }

  /**
   * The same, but the next piece starts only when this one has ended, so that it can report its rows at any time. It
   * may await nothing but the store.
   */
  async runToEnd<Result>(caller: string, work: () => Promise<Result>): Promise<Result> {
    await this.#enter(caller);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  /** Uses up rows of this turn. */
  spend(rows: number): void {
    this.#left -= rows;
  }

  async #enter(caller: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(caller, resolve);
    this.#admit();
    await promise;
  }

  #leave(): void {
    this.#running -= 1;
    this.#admit();
  }

  /** Lets waiting pieces start. Each now counts as running. */
  #admit(): void {
    while (this.#left > 0 && this.#running < this.#atOnce) {
      const start = this.#waiting.next();
      if (!start) return;
      this.#running += 1;
      start();
    }
    if (this.#left <= 0 && !this.#waiting.isEmpty) this.#rest();
  }

  #rest(): void {
    if (this.#isResting) return;
    this.#isResting = true;
    setImmediate(() => {
      this.#isResting = false;
      this.#left = ROWS_IN_A_TURN;
      this.#admit();
    });
  }
}
