import { setTimeout } from 'node:timers/promises';
import { CallOrigins, currentOrigins, runFor } from '../../domain/provider/call-origin.ts';
import type { Sleep } from './sleep.ts';

interface Flight<Result> {
  settled: Promise<Result>;
  /** The callers that wait for it, whose calls it makes. */
  origins: CallOrigins;
}

/**
 * One flight per key: callers that ask for the same thing at the same time share it. Its calls to a provider wait for
 * their turns as calls of all these callers, so that none of them waits longer than for a flight of its own.
 */
export class SingleFlight<Result> {
  readonly #flying = new Map<string, Flight<Result>>();
  readonly #next = new Map<string, Flight<Result>>();
  readonly #later = new Set<Promise<void>>();
  readonly #sleep: Sleep;
  #isEnding = false;

  constructor(sleep: Sleep = setTimeout) {
    this.#sleep = sleep;
  }

  share(key: string, work: () => Promise<Result>): Promise<Result> {
    const flying = this.#flying.get(key);
    if (flying) return join(flying);
    const origins = new CallOrigins(currentOrigins().all);
    const settled = runFor(origins, work).finally(() => this.#flying.delete(key));
    this.#flying.set(key, { settled, origins });
    return settled;
  }

  /** The same by a flight that begins after this call: one that is on its way may have seen an older state. */
  shareNext(key: string, work: () => Promise<Result>): Promise<Result> {
    const flying = this.#flying.get(key);
    if (!flying) return this.share(key, work);
    // The next one begins when this one has settled.
    const before = join(flying);
    const waiting = this.#next.get(key);
    if (waiting) return join(waiting);
    const origins = new CallOrigins(currentOrigins().all);
    const startNext = () => {
      this.#next.delete(key);
      return runFor(origins, () => this.share(key, work));
    };
    const settled = before.then(startNext, startNext);
    this.#next.set(key, { settled, origins });
    return settled;
  }

  /** Begins something after a delay. Nobody can share it before that, so nobody waits for it. */
  later(milliseconds: number, begin: () => void): void {
    const begun = this.#sleep(milliseconds)
      .then(() => (this.#isEnding ? undefined : begin()))
      .finally(() => this.#later.delete(begun));
    this.#later.add(begun);
  }

  /** From now on, nothing that was put off begins. */
  endWaiting(): void {
    this.#isEnding = true;
  }

  /** Settles when nothing is on its way any more. */
  async settled(): Promise<void> {
    while (this.#flying.size + this.#later.size > 0) {
      await Promise.allSettled([...[...this.#flying.values()].map(({ settled }) => settled), ...this.#later]);
    }
  }
}

function join<Result>({ settled, origins }: Flight<Result>): Promise<Result> {
  origins.join(currentOrigins().all);
  return settled;
}
