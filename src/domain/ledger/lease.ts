import type { Instant } from '../promotion/promotion.ts';
import type { IdempotencyKey } from './idempotency-key.ts';

/** The longest lease. A lease that ends later was taken by a process whose clock was ahead, and counts as lapsed. */
export const LONGEST_LEASE_MS = 10_000;

/** A leased key. Its fencing token is larger than that of any earlier lease. */
export interface Lease extends IdempotencyKey {
  token: number;
}

/** The lease had lapsed and another process took it over. This process must not continue. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';

  constructor() {
    super('Another process has taken over the lease');
  }
}

/** Whether a lease is valid at `now`. */
export function isLeased(leasedUntil: Instant, now: Instant): boolean {
  return leasedUntil > now && leasedUntil <= now + LONGEST_LEASE_MS;
}
