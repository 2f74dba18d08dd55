import type { Instant } from '../../domain/promotion/promotion.ts';

/** No lease is longer, in milliseconds. One that ends later was taken by a clock that was ahead, and counts as lapsed. */
export const LONGEST_LEASE = 10_000;

/**
 * Another process has taken over what this one had leased, because the lease had lapsed. Whatever this one was about to
 * do, it must not do any more.
 */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';

  constructor() {
    super('Another process has taken the lease over');
  }
}

/** True while somebody has it. */
export function isLeased(leasedUntil: Instant, now: Instant): boolean {
  return leasedUntil > now && leasedUntil <= now + LONGEST_LEASE;
}
