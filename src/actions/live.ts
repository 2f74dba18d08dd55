import type { Change, Changes } from '../store/changes.ts';

/** How often those who listen look for what is new, in milliseconds. */
const EVERY = 100;

/** Tells those who listen of what any process on the same store does. */
export class Live {
  readonly #changes: Changes;
  #latest = 0;
  #listeners = 0;
  #timer: NodeJS.Timeout | undefined;
  #look = Promise.withResolvers<void>();
  #isClosed = false;

  constructor(changes: Changes) {
    this.#changes = changes;
  }

  /** How many listen now. */
  get listeners(): number {
    return this.#listeners;
  }

  /** What changes from now on, until nobody takes it any more, it is over for who listens, or the process ends. */
  listen(isOver: () => boolean = () => false): AsyncIterableIterator<Change> {
    let hasLeft = false;
    const changes = this.#from(this.#changes.latest(), () => hasLeft || isOver());
    return {
      next: () => changes.next(),
      return: () => {
        // Who has gone is not kept until something changes.
        hasLeft = true;
        this.#wake();
        return changes.return(undefined);
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** Ends whatever listens: it is told that nothing more will come. */
  close(): void {
    this.#isClosed = true;
    this.#lookAgain();
  }

  async *#from(number: number, isOver: () => boolean): AsyncGenerator<Change> {
    let seen = number;
    this.#begin();
    try {
      while (!this.#isClosed && !isOver()) {
        const changes = seen < this.#latest ? this.#after(seen) : [];
        for (const change of changes) {
          if (isOver()) return;
          seen = change.number;
          yield change;
        }
        if (changes.length === 0) await this.#look.promise;
      }
    } finally {
      this.#end();
    }
  }

  #begin(): void {
    this.#latest = this.#changes.latest();
    this.#listeners += 1;
    this.#timer ??= setInterval(() => this.#lookAgain(), EVERY);
  }

  #end(): void {
    this.#listeners -= 1;
    if (this.#listeners > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** A store that cannot be read for a moment ends nothing: what changes meanwhile is seen by the next look. */
  #latestNow(): number {
    try {
      return this.#changes.latest();
    } catch {
      return this.#latest;
    }
  }

  #after(number: number): Change[] {
    try {
      return this.#changes.after(number);
    } catch {
      return [];
    }
  }

  /** One look serves all who listen; each then takes what it has not seen. */
  #lookAgain(): void {
    if (!this.#isClosed) this.#latest = this.#latestNow();
    this.#wake();
  }

  #wake(): void {
    this.#look.resolve();
    this.#look = Promise.withResolvers();
  }
}
