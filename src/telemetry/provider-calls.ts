import { AsyncLocalStorage } from 'node:async_hooks';

/** A call to a provider that was made for a request. */
export interface ProviderCall {
  provider: string;
  operation: string;
  outcome: string;
  milliseconds: number;
}

/** Tells which calls to providers were made for which request. One that several requests share is the first one's. */
export class ProviderCalls {
  readonly #calls = new AsyncLocalStorage<ProviderCall[]>();

  /** Runs `work` and puts the calls that are made for it into `calls`. */
  gather<Result>(calls: ProviderCall[], work: () => Result): Result {
    return this.#calls.run(calls, work);
  }

  add(call: ProviderCall): void {
    this.#calls.getStore()?.push(call);
  }
}
