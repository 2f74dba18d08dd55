import type { Gateway } from '../gateway/core/gateway.ts';
import type { Job } from './scheduler.ts';

/** Deletes idempotency keys, webhook deliveries and failed attempts that have reached their maximum age. */
export function recordRetention({ store, clock }: Gateway): Job {
  const run = () =>
    store.briefly(() => {
      store.idempotencyKeys.deleteOld(clock());
      store.providerEvents.deleteOld(clock());
      store.attempts.deleteOld(clock());
    });
  return { name: 'record retention', pauseMs: 60 * 60_000, run };
}
