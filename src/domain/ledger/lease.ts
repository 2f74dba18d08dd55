import type { Instant } from '../promotion/promotion.ts';
import type { IdempotencyKey } from './idempotency-key.ts';

/** A lease lapses after this time unless it is renewed, so another process can take over the work of a dead one. */
export const LEASE_MS = 5000;

/** The longest lease. A lease that ends later was taken by a process whose clock was ahead, and counts as lapsed. */
export const LONGEST_LEASE_MS = 10_000;

/** A leased key. Its fencing token is larger than that of any earlier lease. */
export interface Lease extends IdempotencyKey {
  token: number;
  /** The `X-Request-Id` of the call that has the lease; absent: no request, but the recovery. */
  requestId?: string | null;
}

/** The lease had lapsed and another process took it over. This process must not continue. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';

  constructor() {
    super('Another process has taken over the lease');
  }
}

/**
 * Reads the time for a lease. A function, because a call can wait for a lock for longer than its lease: the lease begins
 * when the wait is over.
 */
export type LeaseClock = () => Instant;

/** When a lease ends that is taken or renewed now. */
export function leaseEnd(clock: LeaseClock): Instant {
  return clock() + LEASE_MS;
}

/** Whether a lease is valid at `now`. */
export function isLeased(leasedUntil: Instant, now: Instant): boolean {
  return leasedUntil > now && leasedUntil <= now + LONGEST_LEASE_MS;
}
