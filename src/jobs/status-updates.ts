import type { Gateway } from '../gateway/core/gateway.ts';
import type { Job } from './scheduler.ts';

/** Keeps the stored statuses, by which lists are filtered, in step with the clock. */
export function statusUpdates({ store, clock }: Gateway): Job {
  return { name: 'status updates', pauseMs: 1000, run: (signal) => store.statuses.updateAll(clock, signal) };
}
