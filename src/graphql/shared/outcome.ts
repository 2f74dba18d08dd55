/** How a write or a quote has ended, for the log and the metrics: a refusal by its reason, anything else by its kind. */
export function outcomeOf(answer: Outcome): string {
  if (answer.kind === 'QUOTE') return answer.refusal?.reason ?? 'ELIGIBLE';
  return answer.reason ?? answer.kind;
}

/** The part of a write's result or of a quote that its outcome is read from. */
interface Outcome {
  kind: string;
  /** Of a refused write. */
  reason?: string;
  /** Of a quote. */
  refusal?: { reason: string } | null;
}

export function isOutcome(answer: unknown): answer is Outcome {
  return typeof answer === 'object' && answer !== null && 'kind' in answer;
}
