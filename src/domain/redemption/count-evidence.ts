/*
 * Counting by evidence. A provider's counter can lag behind, its answers can arrive late or out of order, and an
 * idempotent replay repeats an old one. So no answer is believed to be the count of now: each one proves how much the
 * count has to be at least, and what was proven once is never taken back by a smaller answer.
 */

/** What one answer of a provider proves about its count of a promotion's uses. Moments are sequence numbers of the ledger. */
export interface CountReading {
  /** When the answer arrived. It cannot hold a use that was taken later. */
  answeredAt: number;
  /** The answer's count, and one for each use that was taken after it and that the provider counts. */
  atLeast: number;
}

/** Whether a use is open (held, or being applied) that was taken after `from` and not after `to`. */
export type HasOpenUse = (from: number, to: number) => boolean;

/** More readings than this are merged. In practice there are one or two. */
const MOST_READINGS = 32;

/** The readings with a new one among them, without those that no longer matter. */
export function addReading(
  readings: readonly CountReading[],
  reading: CountReading,
  hasOpenUse: HasOpenUse,
): CountReading[] {
  return bounded(withoutNeedless([...readings, reading], hasOpenUse));
}

/**
 * The readings once the provider counts a use. It adds to each answer that arrived before the use was taken: the time of
 * its hold or application, not that of its confirmation.
 */
export function countUse(readings: readonly CountReading[], takenAt: number, hasOpenUse: HasOpenUse): CountReading[] {
  const counted = readings.map(({ answeredAt, atLeast }) => ({
    answeredAt,
    atLeast: answeredAt < takenAt ? atLeast + 1 : atLeast,
  }));
  return withoutNeedless(counted, hasOpenUse);
}

/**
 * The one reading that is left when the provider's number is accepted, however much less it is than what was proven. A
 * use that is open keeps adding to it.
 */
export function acceptCount(
  readings: readonly CountReading[],
  { count, answeredAt }: { count: number; answeredAt: number },
  hasOpenUse: HasOpenUse,
): CountReading {
  const before = readings.map((reading) => reading.answeredAt).filter((at) => hasOpenUse(at, answeredAt));
  return { answeredAt: Math.min(answeredAt, ...before), atLeast: count };
}

/**
 * A reading is needless beside an earlier one that proves as much, because whatever adds to it adds to that one too; and
 * beside a later one that proves as much, unless an open use was taken between the two, which would add to it alone.
 */
function withoutNeedless(readings: readonly CountReading[], hasOpenUse: HasOpenUse): CountReading[] {
  const kept: CountReading[] = [];
  for (const reading of readings.toSorted(byAnswer)) {
    let last = kept.at(-1);
    while (last && last.atLeast <= reading.atLeast && !hasOpenUse(last.answeredAt, reading.answeredAt)) {
      kept.pop();
      last = kept.at(-1);
    }
    // Both rise from one kept reading to the next, so the last one proves most.
    if (!last || last.atLeast < reading.atLeast) kept.push(reading);
  }
  return kept;
}

function byAnswer(one: CountReading, other: CountReading): number {
  return one.answeredAt - other.answeredAt || one.atLeast - other.atLeast;
}

/** Merges the two neighbours that differ least: the earlier moment and the larger count err towards too few uses. */
function bounded(readings: CountReading[]): CountReading[] {
  if (readings.length <= MOST_READINGS) return readings;
  const gaps = readings.slice(1).map((later, index) => later.atLeast - (readings[index]?.atLeast ?? 0));
  const at = gaps.indexOf(Math.min(...gaps));
  const [earlier, later] = [readings[at], readings[at + 1]];
  if (!earlier || !later) return readings;
  const merged = { answeredAt: earlier.answeredAt, atLeast: later.atLeast };
  return bounded([...readings.slice(0, at), merged, ...readings.slice(at + 2)]);
}
