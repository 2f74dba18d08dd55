import { RoundRobin } from '../../domain/queues/round-robin.ts';
import { ClientClosedError } from './admission-errors.ts';

/** How long the requests of one turn of the event loop may take together, in milliseconds. At least one request runs. */
const TURN_MS = 5;
/** How many requests may start in one turn, however short they are. */
const MAX_PER_TURN = 16;

/** A request that waits to start. */
interface WaitingRequest {
  /** True once the client has closed the connection. The request is then dropped. */
  isGone: () => boolean;
  start: () => void;
  fail: (error: Error) => void;
}

/**
 * Starts requests in turns of the event loop: as many in each turn as take a few milliseconds, and the waiting owners in
 * rotation. Parsing, executing and serializing an operation is mostly synchronous, so without this a caller with many large
 * operations would block all others.
 */
export class FairScheduler {
  readonly #now: () => number;
  readonly #waiting = new RoundRobin<WaitingRequest>();
  #remaining = MAX_PER_TURN;
  #started = 0;
  #turnStartedAt = 0;
  #isScheduled = false;

  /** @param now the time in milliseconds, on a monotonic clock */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Waits until a request may start. Returns undefined if it may start immediately.
   * @returns a promise that rejects with {@link ClientClosedError} if the client leaves before its turn
   */
  wait(owner: string, isGone: () => boolean): Promise<void> | undefined {
    if (this.#waiting.isEmpty && this.#remaining > 0) {
      this.#countStart();
      return undefined;
    }
    return new Promise((start, fail) => {
      this.#waiting.add(owner, { isGone, start, fail });
      this.#scheduleTurn();
    });
  }

  #countStart(): void {
    this.#remaining -= 1;
    this.#started += 1;
    this.#scheduleTurn();
  }

  #scheduleTurn(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#turnStartedAt = this.#now();
    setImmediate(() => this.#runTurn());
  }

  #runTurn(): void {
    this.#isScheduled = false;
    const averageMs = (this.#now() - this.#turnStartedAt) / Math.max(1, this.#started);
    this.#remaining = Math.max(1, Math.min(MAX_PER_TURN, Math.floor(TURN_MS / averageMs)));
    this.#started = 0;
    while (this.#remaining > 0) {
      const next = this.#waiting.next();
      if (!next) break;
      if (next.isGone()) next.fail(new ClientClosedError());
      else {
        this.#countStart();
        next.start();
      }
    }
    if (!this.#waiting.isEmpty) this.#scheduleTurn();
  }
}
