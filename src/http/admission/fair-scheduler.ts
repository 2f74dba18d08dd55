import { RoundRobin } from '../../domain/queues/round-robin.ts';
import { ClientClosedError } from './admission-errors.ts';

/** How long the requests of one turn of the event loop may take together, in milliseconds. One always runs. */
const SLICE_MS = 5;
/** How many may run in one turn, however short they are. */
const MOST_IN_A_TURN = 16;

/** A request that waits for its turn. */
interface Waiting {
  /** True once its client has closed the connection: the request is then dropped. */
  isGone: () => boolean;
  begin: () => void;
  fail: (error: Error) => void;
}

/**
 * Lets requests begin in turns of the event loop, as many in each as take a few milliseconds, and the shares that wait one
 * after the other. Parsing, executing and writing an answer is mostly synchronous, so a caller with many large operations
 * would otherwise keep all others waiting.
 */
export class FairScheduler {
  readonly #now: () => number;
  readonly #waiting = new RoundRobin<Waiting>();
  #left = MOST_IN_A_TURN;
  #begun = 0;
  #beganAt = 0;
  #isScheduled = false;

  /** @param now the time in milliseconds, on a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Waits until a request may begin; undefined: it may at once.
   * @returns a promise that rejects with {@link ClientClosedError} where its client has gone meanwhile
   */
  wait(share: string, isGone: () => boolean): Promise<void> | undefined {
    if (this.#waiting.isEmpty && this.#left > 0) {
      this.#count();
      return undefined;
    }
    return new Promise((begin, fail) => {
      this.#waiting.add(share, { isGone, begin, fail });
      this.#schedule();
    });
  }

  #count(): void {
    this.#left -= 1;
    this.#begun += 1;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#beganAt = this.#now();
    setImmediate(() => this.#nextTurn());
  }

  #nextTurn(): void {
    this.#isScheduled = false;
    const each = (this.#now() - this.#beganAt) / Math.max(1, this.#begun);
    this.#left = Math.max(1, Math.min(MOST_IN_A_TURN, Math.floor(SLICE_MS / each)));
    this.#begun = 0;
    while (this.#left > 0) {
      const next = this.#waiting.next();
      if (!next) break;
      if (next.isGone()) next.fail(new ClientClosedError());
      else {
        this.#count();
        next.begin();
      }
    }
    if (!this.#waiting.isEmpty) this.#schedule();
  }
}
