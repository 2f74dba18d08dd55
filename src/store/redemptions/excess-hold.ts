import type { Instant } from '../../domain/promotion/promotion.ts';
import { retryAt } from '../../domain/redemption/eligibility.ts';
import { type Refusal, refusal } from '../../domain/redemption/outcomes.ts';
import type { ActiveUses } from './active-uses.ts';
import type { TakeMode, Use } from './ledger-commands.ts';

/** The refusal if the customer already has the maximum of open holds; null: it may have another. */
export function excessHold(
  activeUses: ActiveUses,
  { caller, customerId }: Use,
  mode: TakeMode,
  now: Instant,
): Refusal | null {
  if (mode.as !== 'HELD' || mode.mostOpen === undefined) return null;
  const ends = activeUses.openHolds(caller, customerId);
  const release = ends[ends.length - mode.mostOpen];
  return release === undefined ? null : refusal('TOO_MANY_HOLDS', retryAt(release, now));
}
