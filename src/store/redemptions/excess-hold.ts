import type { Instant } from '../../domain/promotion/promotion.ts';
import { retryAt } from '../../domain/redemption/eligibility.ts';
import { type Refusal, refusal } from '../../domain/redemption/results.ts';
import type { ActiveUses } from './active-uses.ts';
import type { Taking, Use } from './ledger-commands.ts';

/** Why the customer gets no further hold; null: it gets one. */
export function excessHold(
  activeUses: ActiveUses,
  { caller, customerId }: Use,
  taking: Taking,
  now: Instant,
): Refusal | null {
  if (taking.as !== 'HELD' || taking.mostOpen === undefined) return null;
  const ends = activeUses.openHolds(caller, customerId);
  const release = ends[ends.length - taking.mostOpen];
  return release === undefined ? null : refusal('TOO_MANY_HOLDS', retryAt(release, now));
}
