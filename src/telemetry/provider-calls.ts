import { AsyncLocalStorage } from 'node:async_hooks';

/** A call to a provider, as the log shows it. */
export interface ProviderCall {
  provider: string;
  operation: string;
  outcome: string;
  milliseconds: number;
  /** Why it failed or was refused. Absent: it did not. */
  message?: string;
}

/** The provider calls of one operation. */
export interface GatheredCalls {
  calls: ProviderCall[];
  /** True: the log has the operation. Calls that it left behind no longer belong to it. */
  isLogged: boolean;
}

/**
 * Collects the provider calls of each operation. A call that several operations share belongs to the operation that
 * started it.
 */
export class ProviderCalls {
  readonly #operations = new AsyncLocalStorage<GatheredCalls>();

  /** Runs `work` and adds the provider calls that it makes to `gathered`. */
  gather<Result>(gathered: GatheredCalls, work: () => Result): Result {
    return this.#operations.run(gathered, work);
  }

  /** Adds a call to the operation that makes it. Returns false if there is none, or the log already has it. */
  add(call: ProviderCall): boolean {
    const operation = this.#operations.getStore();
    if (operation === undefined || operation.isLogged) return false;
    operation.calls.push(call);
    return true;
  }
}
