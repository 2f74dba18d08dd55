import type { Gateway } from '../gateway/core/gateway.ts';
import type { Job } from './scheduler.ts';

/** Deletes idempotency keys, webhook deliveries, failed attempts and refusals that have reached their maximum age. */
export function recordRetention({ store, clock, refusalLog }: Gateway): Job {
  const run = async (signal: AbortSignal) => {
    await store.briefly(async (db) => {
      await store.idempotencyKeys.deleteOld(clock(), db);
      await store.providerEvents.deleteOld(clock(), db);
      await store.attempts.deleteOld(clock(), db);
      await store.forgottenCustomers.deleteOld(clock(), db);
    });
    await refusalLog.deleteOld(clock(), signal);
  };
  return { name: 'record retention', pauseMs: 60 * 60_000, run };
}
