import { AsyncLocalStorage } from 'node:async_hooks';

const current = new AsyncLocalStorage<AbortSignal | undefined>();

/** The signal of the current asynchronous context. It fires when no client waits for its reads. Undefined: none. */
export function currentSignal(): AbortSignal | undefined {
  return current.getStore();
}

/** Runs `work`. When the signal fires, its reads from providers are cancelled. */
export function cancelledBy<Result>(signal: AbortSignal, work: () => Result): Result {
  return current.run(signal, work);
}

/** Runs `work`. Its reads continue after the request that started it has ended. */
export function uncancelled<Result>(work: () => Result): Result {
  return current.run(undefined, work);
}
