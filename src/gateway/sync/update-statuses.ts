import { setImmediate } from 'node:timers/promises';
import type { Gateway } from '../core/gateway.ts';

/** Updates the stored statuses in batches. Other work runs between two batches. */
export async function updateStatuses(gateway: Gateway, signal: AbortSignal): Promise<void> {
  const { store, clock } = gateway;
  while (!signal.aborted && !(await store.statuses.update(clock(), { isBrief: true }))) await setImmediate();
}
