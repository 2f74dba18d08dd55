import { setImmediate } from 'node:timers/promises';
import type { Gateway } from './gateway.ts';

/** Brings the stored statuses up to date, a batch at a time, so that whatever else there is to do comes in between. */
export async function settleStatuses(gateway: Gateway, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !gateway.store.statuses.settle(gateway.clock())) await setImmediate();
}
