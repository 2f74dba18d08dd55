/** The callers that wait for shared work. */
export class Waiters {
  readonly #abandoned = new AbortController();
  readonly #settled = new AbortController();
  #count = 0;

  /** Fires when every caller has gone. */
  get signal(): AbortSignal {
    return this.#abandoned.signal;
  }

  /** @param signal fires when the caller goes; undefined: the caller waits to the end */
  join(signal: AbortSignal | undefined): void {
    this.#count += 1;
    if (signal?.aborted) this.#leave();
    else signal?.addEventListener('abort', () => this.#leave(), { once: true, signal: this.#settled.signal });
  }

  /** Removes the listeners, because the work has ended. */
  settle(): void {
    this.#settled.abort();
  }

  #leave(): void {
    this.#count -= 1;
    if (this.#count === 0) this.#abandoned.abort();
  }
}
