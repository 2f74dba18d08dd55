import type { Gateway } from '../gateway/core/gateway.ts';
import { updateStatuses } from '../gateway/sync/update-statuses.ts';
import type { Job } from './scheduler.ts';

/** Keeps the stored statuses, by which lists are filtered, in step with the clock. */
export function statusUpdates(gateway: Gateway): Job {
  return { name: 'status updates', pauseMs: 1000, run: (signal) => updateStatuses(gateway, signal) };
}
