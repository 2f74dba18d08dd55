import type { Gateway } from '../gateway/core/gateway.ts';
import { releaseEndedHolds } from '../gateway/redemption/release-ended-holds.ts';
import type { Job } from './scheduler.ts';

/** Releases the holds that have ended. */
export function holdExpiry(gateway: Gateway): Job {
  return { name: 'hold expiry', pauseMs: 1000, run: (signal) => releaseEndedHolds(gateway, signal) };
}
