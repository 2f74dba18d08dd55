import type { Gateway } from '../gateway/core/gateway.ts';
import type { Job } from './scheduler.ts';

/** Measures how much room the store takes, for the metrics. A scrape must not wait for that. */
export function storeSize({ store }: Gateway): Job {
  return { name: 'store size', pauseMs: 5 * 60_000, run: () => store.measure() };
}
