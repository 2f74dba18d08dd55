import type { Gateway } from '../gateway/core/gateway.ts';
import type { Job } from './scheduler.ts';

/** Deletes all but the newest changes: listeners read a change soon after it happens. */
export function changeRetention({ store }: Gateway): Job {
  return { name: 'change retention', pauseMs: 15_000, run: () => store.briefly((db) => store.changes.deleteOld(db)) };
}
