import { setTimeout } from 'node:timers/promises';
import { CallOrigins, currentOrigins, runFor } from '../../domain/provider/call-origin.ts';
import { cancelledBy, currentSignal } from '../../domain/provider/cancellation.ts';
import type { Sleep } from './sleep.ts';
import { Waiters } from './waiters.ts';

/** Work that callers share. */
interface Flight<Result> {
  settled: Promise<Result>;
  /** The origins of the callers: the work's calls to a provider wait for the turns of all of them. */
  origins: CallOrigins;
  waiters: Waiters;
}

/**
 * Runs one piece of work per key at a time: callers with the same key share it. A caller waits no longer for its turn
 * at a provider than with work of its own. The work is cancelled when all its callers have gone.
 */
export class SingleFlight<Result> {
  readonly #running = new Map<string, Flight<Result>>();
  readonly #next = new Map<string, Flight<Result>>();
  readonly #unsettled = new Set<Promise<unknown>>();
  readonly #sleep: Sleep;
  #isEnding = false;

  constructor(sleep: Sleep = setTimeout) {
    this.#sleep = sleep;
  }

  /** Joins the work under a key, or begins it. */
  share(key: string, work: () => Promise<Result>): Promise<Result> {
    const running = this.#running.get(key);
    if (running && !running.waiters.signal.aborted) return join(running);
    const flight = begin(work);
    this.#running.set(key, flight);
    const end = () => {
      if (this.#running.get(key) === flight) this.#running.delete(key);
    };
    flight.settled = flight.settled.finally(end);
    this.track(flight.settled);
    return flight.settled;
  }

  /** Joins work that begins after this call: work that runs already may show an older state. */
  shareNext(key: string, work: () => Promise<Result>): Promise<Result> {
    const running = this.#running.get(key);
    if (!running) return this.share(key, work);
    const before = join(running);
    const waiting = this.#next.get(key);
    if (waiting && !waiting.waiters.signal.aborted) return join(waiting);
    const startNext = () => {
      if (this.#next.get(key) === flight) this.#next.delete(key);
      return this.share(key, work);
    };
    const flight = begin(() => before.then(startNext, startNext));
    this.#next.set(key, flight);
    return flight.settled;
  }

  /** Begins work after a delay. No caller waits for it. */
  later(milliseconds: number, begin: () => void): void {
    this.track(this.#sleep(milliseconds).then(() => (this.#isEnding ? undefined : begin())));
  }

  /** Drops delayed work that has not begun. */
  endWaiting(): void {
    this.#isEnding = true;
  }

  /** Resolves when no work runs. */
  async settled(): Promise<void> {
    while (this.#unsettled.size > 0) await Promise.allSettled(this.#unsettled);
  }

  /** Makes {@link settled} wait for work that no caller waits for. A failure of the work is ignored. */
  track(work: Promise<unknown>): void {
    const tracked = work
      .then(
        () => {},
        () => {},
      )
      .finally(() => this.#unsettled.delete(tracked));
    this.#unsettled.add(tracked);
  }
}

function begin<Result>(work: () => Promise<Result>): Flight<Result> {
  const origins = new CallOrigins(currentOrigins().all);
  const waiters = new Waiters();
  waiters.join(currentSignal());
  const settled = cancelledBy(waiters.signal, () => runFor(origins, work));
  const settle = () => waiters.settle();
  settled.then(settle, settle);
  return { settled, origins, waiters };
}

function join<Result>({ settled, origins, waiters }: Flight<Result>): Promise<Result> {
  origins.join(currentOrigins().all);
  waiters.join(currentSignal());
  return settled;
}
