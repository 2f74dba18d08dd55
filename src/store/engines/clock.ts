import type { Instant } from '../../domain/promotion/promotion.ts';

/** The clocks of this machine. */
export interface LocalClock {
  /** The time of day. Somebody may set it. */
  now(): Instant;
  /** Milliseconds since any moment, which nobody can set. */
  elapsed(): number;
}

export const LOCAL_CLOCK: LocalClock = { now: () => Date.now(), elapsed: () => performance.now() };

/**
 * How far a clock may go back without being followed. Small corrections, as of a time service, must not make a lease or a
 * hold that has ended run again. A clock that was far ahead and is put right must not stop time until it gets there again.
 */
const LARGEST_STEP_BACK_MS = 5000;

/** Makes a clock stand still, while it would go back a little. */
export function steadily(clock: () => Instant): () => Instant {
  let latest = Number.NEGATIVE_INFINITY;
  return () => {
    const now = clock();
    if (now > latest || latest - now > LARGEST_STEP_BACK_MS) latest = now;
    return latest;
  };
}
