import type { Gateway } from '../gateway/core/gateway.ts';
import type { Job } from './scheduler.ts';

/** Deletes idempotency keys, webhook deliveries and failed attempts that have reached their maximum age. */
export function recordRetention({ store, clock }: Gateway): Job {
  const run = () =>
    store.briefly(async (db) => {
      await store.idempotencyKeys.deleteOld(clock(), db);
      await store.providerEvents.deleteOld(clock(), db);
      await store.attempts.deleteOld(clock(), db);
    });
  return { name: 'record retention', pauseMs: 60 * 60_000, run };
}
