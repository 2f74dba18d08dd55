/** Lets work with the same key run one after the other, in the order of its arrival. */
export class SerialWork {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs work when all earlier work with this key has ended, however it ended. */
  async run<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key);
    const turn = before === undefined ? work() : before.then(work, work);
    this.#last.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.#last.get(key) === turn) this.#last.delete(key);
    }
  }
}
