import type { Gateway } from '../gateway/core/gateway.ts';
import { expireHolds } from '../gateway/redemption/expire-holds.ts';
import type { Job } from './scheduler.ts';

/** Frees the uses of expired holds, also while no request comes. */
export function holdExpiry(gateway: Gateway): Job {
  return { name: 'hold expiry', pauseMs: 1000, run: () => gateway.store.briefly(() => expireHolds(gateway)) };
}
