/*
 * Counting by evidence. A provider's counter can lag, its answers can arrive late or out of order, and an idempotent
 * replay repeats an old answer. So no answer is trusted as the current count. Each one proves a minimum of the count,
 * and a smaller answer never lowers the proven minimum.
 */

/**
 * What one answer proves about the provider's count of a promotion's uses. Moments are sequence numbers of the store.
 */
export interface CountReading {
  /** When the answer arrived. It cannot include a use that was taken later. */
  answeredAt: number;
  /** The answer's count, plus one for each use that was taken after it and that the provider counts. */
  atLeast: number;
}

/** Whether a use that was taken after `from` and up to `to` is open: held, or being applied by the provider. */
export type HasOpenUse = (from: number, to: number) => boolean;

/** The maximum number of readings; more are merged. In practice there are one or two. */
const MOST_READINGS = 32;

/** Adds a reading, and drops readings that no longer matter. */
export function addReading(
  readings: readonly CountReading[],
  reading: CountReading,
  hasOpenUse: HasOpenUse,
): CountReading[] {
  return bounded(withoutRedundant([...readings, reading], hasOpenUse));
}

/**
 * Records that the provider counts a use. Raises each reading of an answer that arrived before the use was taken.
 * `takenAt` is the moment of its hold or application, not of its confirmation.
 */
export function countUse(readings: readonly CountReading[], takenAt: number, hasOpenUse: HasOpenUse): CountReading[] {
  const counted = readings.map(({ answeredAt, atLeast }) => ({
    answeredAt,
    atLeast: answeredAt < takenAt ? atLeast + 1 : atLeast,
  }));
  return withoutRedundant(counted, hasOpenUse);
}

/**
 * Accepts the provider's number as the count, even if it is below the proven minimum. Returns the only remaining
 * reading. Open uses can still raise it.
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
 * Drops each reading that is redundant. A reading is redundant if an earlier one proves as much, because each use that
 * raises the later reading raises the earlier one too. It is also redundant if a later one proves as much, unless an
 * open use was taken between the two: that use would raise only the earlier one.
 */
function withoutRedundant(readings: readonly CountReading[], hasOpenUse: HasOpenUse): CountReading[] {
  const kept: CountReading[] = [];
  for (const reading of readings.toSorted(byAnswer)) {
    let last = kept.at(-1);
    while (last && last.atLeast <= reading.atLeast && !hasOpenUse(last.answeredAt, reading.answeredAt)) {
      kept.pop();
      last = kept.at(-1);
    }
    // Moments and counts both rise from one kept reading to the next, so the last one proves most.
    if (!last || last.atLeast < reading.atLeast) kept.push(reading);
  }
  return kept;
}

function byAnswer(one: CountReading, other: CountReading): number {
  return one.answeredAt - other.answeredAt || one.atLeast - other.atLeast;
}

/**
 * Merges the two neighbours that differ least. The earlier moment and the larger count err towards fewer remaining
 * uses.
 */
function bounded(readings: CountReading[]): CountReading[] {
  if (readings.length <= MOST_READINGS) return readings;
  const gaps = readings.slice(1).map((later, index) => later.atLeast - (readings[index]?.atLeast ?? 0));
  const at = gaps.indexOf(Math.min(...gaps));
  const [earlier, later] = [readings[at], readings[at + 1]];
  if (!earlier || !later) return readings;
  const merged = { answeredAt: earlier.answeredAt, atLeast: later.atLeast };
  return bounded([...readings.slice(0, at), merged, ...readings.slice(at + 2)]);
}
