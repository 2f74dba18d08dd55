import { setImmediate } from 'node:timers/promises';
import type { Gateway } from '../core/gateway.ts';

/** Brings the stored statuses up to date, a batch at a time, so that whatever else there is to do comes in between. */
export async function updateStatuses(gateway: Gateway, signal: AbortSignal): Promise<void> {
  const { store, clock } = gateway;
  while (!signal.aborted && !store.briefly(() => store.statuses.update(clock()))) await setImmediate();
}
