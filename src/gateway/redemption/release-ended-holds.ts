import { MOST_RELEASED } from '../../store/redemptions/use-queries.ts';
import type { Gateway } from '../core/gateway.ts';

/**
 * Releases the holds that have ended. Reads do not wait for it: they compare times. So it only keeps the counters and
 * the events up to date.
 * @param signal stops it after the current batch
 */
export async function releaseEndedHolds({ store, clock }: Gateway, signal: AbortSignal): Promise<void> {
  let released = MOST_RELEASED;
  while (released >= MOST_RELEASED && !signal.aborted) {
    released = (await store.ledger.releaseExpired(clock())).length;
  }
}
