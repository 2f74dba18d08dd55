/**
 * The outcome of a write or a quote, for the log and the metrics: the reason of a refusal, otherwise the kind of the
 * answer.
 */
export function outcomeOf(answer: Outcome): string {
  if (answer.kind === 'QUOTE') return answer.refusal?.reason ?? 'ELIGIBLE';
  return answer.reason ?? answer.kind;
}

/** The fields of a write's answer or a quote that determine its outcome. */
interface Outcome {
  kind: string;
  /** Set for a refused write. */
  reason?: string;
  /** Set for a quote. */
  refusal?: { reason: string } | null;
}

export function isOutcome(answer: unknown): answer is Outcome {
  return typeof answer === 'object' && answer !== null && 'kind' in answer;
}
