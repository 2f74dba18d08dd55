import { AsyncLocalStorage } from 'node:async_hooks';

const current = new AsyncLocalStorage<AbortSignal | Cancellation | undefined>();

/** Creates its signal only when it is needed, because most operations call no provider. */
export class Cancellation {
  #controller: AbortController | undefined;
  #isCancelled = false;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#isCancelled) this.#controller.abort();
    return this.#controller.signal;
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#controller?.abort();
  }
}

/** The signal of the current asynchronous context. It fires when no client waits for its reads. Undefined: none. */
export function currentSignal(): AbortSignal | undefined {
  const store = current.getStore();
  return store instanceof Cancellation ? store.signal : store;
}

/** Runs `work`. When the signal fires, or the cancellation is made, its reads from providers are cancelled. */
export function cancelledBy<Result>(by: AbortSignal | Cancellation, work: () => Result): Result {
  return current.run(by, work);
}

/** Runs `work`. Its reads continue after the request that started it has ended. */
export function uncancelled<Result>(work: () => Result): Result {
  return current.run(undefined, work);
}
