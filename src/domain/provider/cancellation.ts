import { AsyncLocalStorage } from 'node:async_hooks';

const current = new AsyncLocalStorage<AbortSignal | undefined>();

/** Fires when nobody waits any more for what is read from here. Undefined: nothing cancels it. */
export function currentSignal(): AbortSignal | undefined {
  return current.getStore();
}

/** Runs `work`. When the signal fires, the reads from providers that it makes are cancelled. */
export function cancelledBy<Result>(signal: AbortSignal, work: () => Result): Result {
  return current.run(signal, work);
}

/** Runs `work`, whose reads go on when the request that began it has ended. */
export function uncancelled<Result>(work: () => Result): Result {
  return current.run(undefined, work);
}
