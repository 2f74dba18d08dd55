import type { Redemption } from '../../domain/redemption/redemption.ts';

/** What became of a write or a quote, for the log and the metrics. */
export interface FieldOutcome {
  /** The key of the root field in the answer. */
  key: string | number;
  /** The reason of a refusal, otherwise the kind of the answer. */
  outcome: string;
  /** The hold or redemption that was made, confirmed or cancelled now. Absent: none was. */
  settled?: Redemption;
}

/** The outcome of the root field with a key in the answer. */
export function outcomeOf(answer: Answer, key: string | number): FieldOutcome {
  const { kind, reason, redemption, replayed } = answer;
  if (kind === 'QUOTE') return { key, outcome: answer.refusal?.reason ?? 'ELIGIBLE' };
  const isSettled = kind === 'TAKEN' && replayed === false && redemption !== undefined;
  return { key, outcome: reason ?? kind, ...(isSettled && { settled: redemption }) };
}

/** The fields of a write's answer or a quote that determine its outcome. */
interface Answer {
  kind: string;
  /** Set for a refused write. */
  reason?: string;
  /** Set for a quote. */
  refusal?: { reason: string } | null;
  /** Set for a hold or redemption. */
  redemption?: Redemption;
  replayed?: boolean;
}

export function isOutcome(answer: unknown): answer is Answer {
  return typeof answer === 'object' && answer !== null && 'kind' in answer;
}
