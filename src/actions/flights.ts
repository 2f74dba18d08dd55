/** One flight per key: whoever asks for what is on its way already shares it. */
export class Flights<Landed> {
  readonly #flying = new Map<string, Promise<Landed>>();
  readonly #next = new Map<string, Promise<Landed>>();

  share(key: string, fly: () => Promise<Landed>): Promise<Landed> {
    const flying = this.#flying.get(key);
    if (flying) return flying;
    const flight = fly().finally(() => this.#flying.delete(key));
    this.#flying.set(key, flight);
    return flight;
  }

  /** The same by a flight that begins after this call: one that is on its way may have seen an older state. */
  shareNext(key: string, fly: () => Promise<Landed>): Promise<Landed> {
    const flying = this.#flying.get(key);
    if (!flying) return this.share(key, fly);
    const waiting = this.#next.get(key);
    if (waiting) return waiting;
    const takeOff = () => {
      this.#next.delete(key);
      return this.share(key, fly);
    };
    const next = flying.then(takeOff, takeOff);
    this.#next.set(key, next);
    return next;
  }

  /** Settles when nothing is on its way any more. */
  async landed(): Promise<void> {
    while (this.#flying.size > 0) await Promise.allSettled(this.#flying.values());
  }
}
