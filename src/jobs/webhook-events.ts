import type { Gateway } from '../gateway/core/gateway.ts';
import { processProviderEvents } from '../gateway/sync/process-provider-events.ts';
import type { Job } from './scheduler.ts';

/** Marks the promotions that webhook events may concern, so that the next use reads them first. */
export function webhookEvents(gateway: Gateway): Job {
  return {
    name: 'webhook events',
    pauseMs: 15_000,
    run: () => processProviderEvents(gateway),
  };
}
