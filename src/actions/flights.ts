/** One flight per key: whoever asks for what is on its way already shares it. */
export class Flights {
  readonly #flying = new Map<string, Promise<unknown>>();
  readonly #next = new Map<string, Promise<unknown>>();

  share(key: string, fly: () => Promise<void>): Promise<unknown> {
    const flying = this.#flying.get(key);
    if (flying) return flying;
    const flight = fly().finally(() => this.#flying.delete(key));
    this.#flying.set(key, flight);
    return flight;
  }

  /** The same by a flight that begins after this call: one that is on its way may have seen an older state. */
  shareNext(key: string, fly: () => Promise<void>): Promise<unknown> {
    const flying = this.#flying.get(key);
    if (!flying) return this.share(key, fly);
    const waiting = this.#next.get(key);
    if (waiting) return waiting;
    const next = flying
      .catch(() => {})
      .then(() => {
        this.#next.delete(key);
        return this.share(key, fly);
      });
    this.#next.set(key, next);
    return next;
  }
}
