import type { ProviderName } from '../../domain/promotion/promotion.ts';
import { type InputFault, ProviderError, type ProviderFailureKind } from '../../domain/provider/provider-error.ts';
import type { AnswerHead, BrokenExchange } from './exchange.ts';
import { redacted, type SentValues } from './redaction.ts';

export type Reason = NonNullable<ProviderError['reason']>;

/** What an adapter finds in the body of an error. */
export interface ErrorReading {
  /** The provider's own words. */
  message?: string | undefined;
  reason?: Reason | undefined;
  /** The field of the input that the words are about. */
  fault?: InputFault | undefined;
  /** True when the words are a refusal, whatever the status says. */
  refused?: boolean;
}

/** What a failure's meaning depends on, beyond the answer. */
export interface CallFacts {
  provider: ProviderName;
  operation: string;
  /** True when the call changes nothing by its nature. */
  isRead: boolean;
  /** What a 409 means here; CONFLICT unless told. */
  conflict?: Reason | undefined;
  /** What is wrong with the input where the answer is a 404; absent: what the path names is not there. */
  unknown?: InputFault | undefined;
  /** What was sent; asked for when a call has failed. */
  sent: () => SentValues;
}

const LONGEST_WAIT_SECONDS = 24 * 60 * 60;

/** The failure behind an exchange that broke before the answer's head, or in the body of a good answer. */
export function brokenOff(facts: CallFacts, broken: BrokenExchange, signal: AbortSignal): ProviderError {
  const unchanged = facts.isRead || !broken.sent;
  if (signal.aborted) {
    const what = isTimeout(signal.reason) ? 'no answer within the deadline' : 'the caller ended the call';
    return failure(facts, 'TIMED_OUT', what, { unchanged, cause: broken.cause });
  }
  const code = errorCode(broken.cause);
  const kind = code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE' ? 'MALFORMED_ANSWER' : 'UNAVAILABLE';
  return failure(facts, kind, `${code} ${broken.message}`, { unchanged, cause: broken.cause });
}

/**
 * The failure that an answer's status means. `reading` is undefined where the body is not in the provider's own form:
 * then a read does not believe a 404, which a wrong base URL gives as well.
 */
export function refusedBy(facts: CallFacts, head: AnswerHead, reading: ErrorReading | undefined): ProviderError {
  const { status } = head;
  const what = reading?.message === undefined ? `HTTP ${status}` : `HTTP ${status}, ${reading.message}`;
  const retryAfterSeconds = waitOf(head);
  if (status < 400) return malformed(facts, what);
  if (status === 401 || status === 403) return failure(facts, 'UNAUTHORIZED', what, { unchanged: true });
  if (status === 429) return failure(facts, 'RATE_LIMITED', what, { unchanged: true, retryAfterSeconds });
  if (status >= 500 && !reading?.refused) {
    return failure(facts, 'UNAVAILABLE', what, { unchanged: facts.isRead, retryAfterSeconds });
  }
  const believed = reading !== undefined || !facts.isRead;
  const reason = reading?.reason ?? (believed ? reasonOf(status, facts) : undefined);
  const fault = reading?.fault ?? (status === 404 ? facts.unknown : undefined);
  return failure(facts, 'REJECTED', what, { unchanged: true, reason, fault });
}

function reasonOf(status: number, { conflict = 'CONFLICT' }: CallFacts): Reason | undefined {
  if (status === 404) return 'NOT_FOUND';
  return status === 409 ? conflict : undefined;
}

/** The failure behind an answer of success that is not what the provider documents. */
export function malformed(facts: CallFacts, what: string): ProviderError {
  return failure(facts, 'MALFORMED_ANSWER', what, { unchanged: facts.isRead });
}

/** Nothing at the provider can have such an id; nothing was sent. */
export function notThere(facts: CallFacts): ProviderError {
  return failure(facts, 'REJECTED', 'no such object', { unchanged: true, reason: 'NOT_FOUND' });
}

/** The same failure, met after an earlier call of the same operation has changed something. */
export function changedBefore(error: unknown): unknown {
  if (!(error instanceof ProviderError)) return error;
  const { provider, kind, message, reason, fault, retryAfterSeconds, cause } = error;
  return new ProviderError(provider, kind, message, { unchanged: false, reason, fault, retryAfterSeconds, cause });
}

/** True when a call was ended by a deadline, not because its caller has gone. */
export function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}

function failure(
  { provider, operation, sent }: CallFacts,
  kind: ProviderFailureKind,
  what: string,
  details: ConstructorParameters<typeof ProviderError>[3],
): ProviderError {
  return new ProviderError(provider, kind, `${operation}: ${redacted(what, sent())}`, details);
}

/** Retry-After in seconds or as an HTTP date. */
function waitOf({ headers }: AnswerHead): number | undefined {
  const text = [headers['retry-after']].flat()[0]?.trim() ?? '';
  if (/^\d+$/.test(text)) return Math.min(Number(text), LONGEST_WAIT_SECONDS);
  const instant = text.endsWith('GMT') ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(instant)) return undefined;
  return Math.min(Math.max(Math.ceil((instant - Date.now()) / 1000), 0), LONGEST_WAIT_SECONDS);
}

function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'ERROR';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
