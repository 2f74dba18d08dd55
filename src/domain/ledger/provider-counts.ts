import { countUse, type HasOpenUse } from '../redemption/count-evidence.ts';
import type { PromotionCounts } from './facts.ts';
import type { LedgerUse } from './ledger-use.ts';

/**
 * The evidence after the provider is known to count a use.
 * @param changed the promotion's uses as the batch has changed them, this one included
 * @returns the new evidence, and by how much the proven count has risen
 */
export function countedBy(
  counts: PromotionCounts,
  { takenNumber, countedNumber }: LedgerUse,
  changed: readonly LedgerUse[],
): { counts: PromotionCounts; rise: number } {
  const readings = countUse(counts.readings, takenNumber ?? countedNumber ?? 0, openUsesOf(counts, changed));
  return { counts: { ...counts, readings }, rise: provenCount(readings) - provenCount(counts.readings) };
}

function openUsesOf({ openUses }: PromotionCounts, changed: readonly LedgerUse[]): HasOpenUse {
  const ids = new Set(changed.map(({ ledgerId }) => ledgerId));
  const stored = openUses.filter(({ ledgerId }) => !ids.has(ledgerId)).map(({ takenNumber }) => takenNumber);
  const held = changed.filter(({ status }) => status === 'HELD').flatMap(({ takenNumber }) => takenNumber ?? []);
  const open = [...stored, ...held];
  return (from, to) => open.some((number) => number > from && number <= to);
}

function provenCount(readings: readonly { atLeast: number }[]): number {
  return Math.max(...readings.map(({ atLeast }) => atLeast));
}
