import type { ProviderName } from '../../domain/promotion/promotion.ts';
import { type InputFault, ProviderError, type ProviderFailureKind } from '../../domain/provider/provider-error.ts';
import type { RefusalReason } from '../../domain/redemption/outcomes.ts';
import type { ObservedCall } from '../../telemetry/observed-call.ts';
import type { AnswerHead, BrokenExchangeError } from './exchange.ts';
import { redacted, type SentValues } from './redaction.ts';

/** Why a provider rejected a call, where the gateway knows it. */
export type Reason = NonNullable<ProviderError['reason']>;

/** What a 409 means. IN_PROGRESS: an earlier try of the same write still runs, so its outcome is not known. */
export type ConflictMeaning = Reason | 'IN_PROGRESS';

/** What an adapter reads from the body of an error. */
export interface ErrorReading {
  /** The provider's own message. */
  message?: string | undefined;
  reason?: Reason | undefined;
  /** The input field that the message is about. */
  fault?: InputFault | undefined;
  /** Why the provider does not apply a promotion. */
  refusal?: RefusalReason | undefined;
  /** True if the message is a refusal even though the status may be a 500. */
  isRefusal?: boolean;
  /** True if the message says that there are too many calls, whatever the status is. */
  isRateLimit?: boolean;
}

/** The facts of a call that decide, with the answer, what a failure means. */
export interface CallFacts {
  provider: ProviderName;
  operation: string;
  /** True if the call cannot change anything at the provider. */
  isRead: boolean;
  /** What a 409 means for this call. Default: CONFLICT. */
  conflictReason?: ConflictMeaning | undefined;
  /** The fault of the input that a 404 means. Absent: a 404 means that the object in the path does not exist. */
  notFoundFault?: InputFault | undefined;
  /** The headers of the answer that the message names. */
  loggedHeaders: readonly string[];
  /** The values that were sent, to remove them from the message. Called only for a failed call. */
  sent: () => SentValues;
}

/** Statuses of refusals that a healthy provider gives. */
const HEALTHY_REFUSALS = new Set([404, 409, 422]);
const MAX_RETRY_AFTER_SECONDS = 24 * 60 * 60;
/** What a header must look like to be logged: it is not redacted. */
const LOGGED_VALUE = /^[\w.:-]{1,64}$/;

/** The failure of an exchange that broke before the answer's status, or within the body of a successful answer. */
export function exchangeFailure(facts: CallFacts, broken: BrokenExchangeError, signal: AbortSignal): ProviderError {
  const unchanged = facts.isRead || !broken.isSent;
  if (signal.aborted) {
    const what = isTimeout(signal.reason) ? 'no answer within the deadline' : 'the caller cancelled the call';
    return failure(facts, 'TIMED_OUT', what, { unchanged, cause: broken.cause });
  }
  const code = errorCode(broken.cause);
  const kind = code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE' ? 'MALFORMED_ANSWER' : 'UNAVAILABLE';
  return failure(facts, kind, `${code} ${broken.message}`, { unchanged, cause: broken.cause }, broken.head);
}

/**
 * The failure that the status of an answer means. `reading` is undefined if the body is not a JSON object. Then a 404 to a read
 * is not trusted, because a wrong base URL also gives a 404.
 */
export function statusFailure(facts: CallFacts, head: AnswerHead, reading: ErrorReading | undefined): ProviderError {
  const { status } = head;
  const what = reading?.message === undefined ? `HTTP ${status}` : `HTTP ${status}, ${reading.message}`;
  const fail = (kind: ProviderFailureKind, details: FailureDetails) => failure(facts, kind, what, details, head);
  const retryAfterSeconds = retryAfterOf(head);
  if (status < 400) return malformedAnswer(facts, what, head);
  if (status === 401 || status === 403) return fail('UNAUTHORIZED', { unchanged: true });
  if (status === 429 || reading?.isRateLimit) return fail('RATE_LIMITED', { unchanged: true, retryAfterSeconds });
  const isInProgress = status === 409 && facts.conflictReason === 'IN_PROGRESS';
  if ((status >= 500 && !reading?.isRefusal) || isInProgress) {
    return fail('UNAVAILABLE', { unchanged: facts.isRead, retryAfterSeconds });
  }
  const isTrusted = reading !== undefined || !facts.isRead;
  const reason = reading?.reason ?? (isTrusted ? reasonOf(status, facts) : undefined);
  const fault = reading?.fault ?? (status === 404 ? facts.notFoundFault : undefined);
  return fail('REJECTED', { unchanged: true, reason, fault, refusal: reading?.refusal });
}

function reasonOf(status: number, { conflictReason = 'CONFLICT' }: CallFacts): Reason | undefined {
  if (status === 404) return 'NOT_FOUND';
  return status === 409 && conflictReason !== 'IN_PROGRESS' ? conflictReason : undefined;
}

/** The failure of an answer that is neither an error nor what the provider documents. */
export function malformedAnswer(facts: CallFacts, what: string, head: AnswerHead): ProviderError {
  return failure(facts, 'MALFORMED_ANSWER', what, { unchanged: facts.isRead }, head);
}

/** The failure of a call that was not sent, because no object at the provider can have such an id. */
export function notFound(facts: CallFacts): ProviderError {
  return failure(facts, 'REJECTED', 'no such object', { unchanged: true, reason: 'NOT_FOUND' });
}

/** The outcome that metrics count: a refusal with a known meaning is the answer of a healthy provider. */
export function outcomeOf(failure: ProviderError, status: number | undefined): ObservedCall['outcome'] {
  const isExpected =
    failure.reason !== undefined ||
    failure.fault !== undefined ||
    failure.refusal !== undefined ||
    (status !== undefined && HEALTHY_REFUSALS.has(status));
  return failure.kind === 'REJECTED' && isExpected ? 'OK' : failure.kind;
}

/** The same failure, but with `unchanged: false`: an earlier call of the same operation changed something. */
export function afterEarlierChange(error: unknown): unknown {
  if (!(error instanceof ProviderError)) return error;
  const { provider, kind, message, reason, fault, refusal, retryAfterSeconds, cause } = error;
  const details = { reason, fault, refusal, retryAfterSeconds, cause };
  return new ProviderError(provider, kind, message, { unchanged: false, ...details });
}

/**
 * The part of its time after which a call that its caller cancels counts against the provider. A healthy provider answers
 * much sooner. If no such call counted, a provider that hangs would never be left alone while all clients give up before
 * the deadline. An early cancellation does not count: it says only that the client has left.
 */
const HANGING_AFTER = 0.5;

/** True if the caller cancelled a call before it had to have an answer, so that its end says nothing about the provider. */
export function isCancelledEarly(signal: AbortSignal, ranMs: number, deadlineMs: number): boolean {
  return signal.aborted && !isTimeout(signal.reason) && ranMs < deadlineMs * HANGING_AFTER;
}

/** True if a deadline ended the call. False if its caller cancelled it. */
function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}

type FailureDetails = ConstructorParameters<typeof ProviderError>[3];

function failure(
  { provider, operation, sent, loggedHeaders }: CallFacts,
  kind: ProviderFailureKind,
  what: string,
  details: FailureDetails,
  head?: AnswerHead,
): ProviderError {
  const named = loggedHeaders.flatMap((name) => {
    const value = [head?.headers[name]].flat()[0];
    return value !== undefined && LOGGED_VALUE.test(value) ? `${name}: ${value}` : [];
  });
  const message = `${operation}: ${redacted(what, sent())}${named.length === 0 ? '' : ` (${named.join(', ')})`}`;
  return new ProviderError(provider, kind, message, details);
}

/** The Retry-After header, which is a number of seconds or an HTTP date; in seconds. */
function retryAfterOf({ headers }: AnswerHead): number | undefined {
  const text = [headers['retry-after']].flat()[0]?.trim() ?? '';
  if (/^\d+$/.test(text)) return Math.min(Number(text), MAX_RETRY_AFTER_SECONDS);
  const instant = text.endsWith('GMT') ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(instant)) return undefined;
  return Math.min(Math.max(Math.ceil((instant - Date.now()) / 1000), 0), MAX_RETRY_AFTER_SECONDS);
}

function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'ERROR';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
