import { AsyncLocalStorage } from 'node:async_hooks';

/** A call to a provider, as the log shows it. */
export interface ProviderCall {
  provider: string;
  operation: string;
  outcome: string;
  milliseconds: number;
}

/**
 * Collects the provider calls of each operation. A call that several operations share belongs to the operation that
 * started it.
 */
export class ProviderCalls {
  readonly #calls = new AsyncLocalStorage<ProviderCall[]>();

  /** Runs `work` and adds the provider calls that it makes to `calls`. */
  gather<Result>(calls: ProviderCall[], work: () => Result): Result {
    return this.#calls.run(calls, work);
  }

  add(call: ProviderCall): void {
    this.#calls.getStore()?.push(call);
  }
}
