/** One flight per key: whoever asks for what is on its way already shares it. */
export class Flights {
  readonly #flying = new Map<string, Promise<unknown>>();

  share(key: string, fly: () => Promise<void>): Promise<unknown> {
    const flying = this.#flying.get(key);
    if (flying) return flying;
    const flight = fly().finally(() => this.#flying.delete(key));
    this.#flying.set(key, flight);
    return flight;
  }
}
