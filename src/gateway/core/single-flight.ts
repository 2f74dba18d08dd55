import { setTimeout } from 'node:timers/promises';
import { CallOrigins, currentOrigins, runFor } from '../../domain/provider/call-origin.ts';
import type { Sleep } from './gateway.ts';

interface Flight<Landed> {
  landed: Promise<Landed>;
  /** The callers that wait for it, whose calls it makes. */
  origins: CallOrigins;
}

/**
 * One flight per key: callers that ask for the same thing at the same time share it. Its calls to a provider wait for
 * their turns as calls of all these callers, so that none of them waits longer than for a flight of its own.
 */
export class Flights<Landed> {
  readonly #flying = new Map<string, Flight<Landed>>();
  readonly #next = new Map<string, Flight<Landed>>();
  readonly #later = new Set<Promise<void>>();
  readonly #sleep: Sleep;
  #isEnding = false;

  constructor(sleep: Sleep = setTimeout) {
    this.#sleep = sleep;
  }

  share(key: string, fly: () => Promise<Landed>): Promise<Landed> {
    const flying = this.#flying.get(key);
    if (flying) return join(flying);
    const origins = new CallOrigins(currentOrigins().all);
    const landed = runFor(origins, fly).finally(() => this.#flying.delete(key));
    this.#flying.set(key, { landed, origins });
    return landed;
  }

  /** The same by a flight that begins after this call: one that is on its way may have seen an older state. */
  shareNext(key: string, fly: () => Promise<Landed>): Promise<Landed> {
    const flying = this.#flying.get(key);
    if (!flying) return this.share(key, fly);
    // The next one begins when this one has landed.
    const before = join(flying);
    const waiting = this.#next.get(key);
    if (waiting) return join(waiting);
    const origins = new CallOrigins(currentOrigins().all);
    const takeOff = () => {
      this.#next.delete(key);
      return runFor(origins, () => this.share(key, fly));
    };
    const landed = before.then(takeOff, takeOff);
    this.#next.set(key, { landed, origins });
    return landed;
  }

  /** Begins something after a delay. Nobody can share it before that, so nobody waits for it. */
  later(milliseconds: number, begin: () => void): void {
    const begun = this.#sleep(milliseconds)
      .then(() => (this.#isEnding ? undefined : begin()))
      .finally(() => this.#later.delete(begun));
    this.#later.add(begun);
  }

  /** From now on, nothing that was put off begins. */
  endLater(): void {
    this.#isEnding = true;
  }

  /** Settles when nothing is on its way any more. */
  async landed(): Promise<void> {
    while (this.#flying.size + this.#later.size > 0) {
      await Promise.allSettled([...[...this.#flying.values()].map(({ landed }) => landed), ...this.#later]);
    }
  }
}

function join<Landed>({ landed, origins }: Flight<Landed>): Promise<Landed> {
  origins.join(currentOrigins().all);
  return landed;
}
