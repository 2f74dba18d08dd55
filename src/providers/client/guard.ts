import {
  CircuitState,
  circuitBreaker,
  DelegateBackoff,
  ExponentialBackoff,
  handleWhen,
  handleWhenResult,
  isBrokenCircuitError,
  retry,
  SamplingBreaker,
} from 'cockatiel';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import type { ProviderHealth } from '../../domain/provider/provider.ts';
import { ProviderError, type ProviderFailureKind } from '../../domain/provider/provider-error.ts';
import type { ObserveHealth } from '../../telemetry/observed-call.ts';
import { CallQueue, type Deadline, NoTurnError, type QueueState } from './call-queue.ts';

/** How one try ended. If the caller cancelled it early (`isCancelled`), the outcome says nothing about the provider. */
export type Attempt<Answer> = { answer: Answer } | { failure: ProviderError; isCancelled: boolean };

/** An attempt, and whether the breaker counts it as a failure. */
interface Counted<Answer> {
  ended: Attempt<Answer>;
  isFailure: boolean;
}

const FIRST_BACKOFF_MS = 100;
/** The breaker opens when more than half of at least five calls within 10 s fail. */
const SAMPLE = { threshold: 0.5, duration: 10_000, minimumRps: 0.5 };
/** How long the breaker stays open: 1 s at first, at most 30 s, in milliseconds. */
const OPEN_PERIOD = { initialDelay: 1000, maxDelay: 30_000 };
const RETRY_AFTER_SECONDS = 5;
/** The failures that the breaker counts. A refusal is not one: it is an answer. */
const BREAKER_FAILURES: ReadonlySet<ProviderFailureKind> = new Set(['UNAVAILABLE', 'TIMED_OUT', 'RATE_LIMITED']);
/** Most calls in flight to one provider. A provider that hangs must not take all sockets of the process. */
export const MAX_IN_FLIGHT = 32;

/** Which protections a {@link Guard} applies. */
export interface GuardOptions {
  /** Most calls per second; 0: no limit. Further calls wait for their turn. */
  maxPerSecond: number;
  /** Most retries of a call that failed and has changed nothing. */
  retries: number;
  /** Whether calls stop for a while after many failures, or when the provider asks for it with Retry-After. */
  hasBreaker: boolean;
}

const NO_GUARD: GuardOptions = { maxPerSecond: 0, retries: 0, hasBreaker: false };

/**
 * Protects the gateway from a failing provider, and the callers from each other: a fair queue with a rate limit, retries where
 * they are safe, and a circuit breaker.
 */
export class Guard {
  readonly #provider: ProviderName;
  readonly #options: GuardOptions;
  readonly #queue: CallQueue;
  readonly #breaker = circuitBreaker(handleWhenResult(isCountedAsFailure), {
    breaker: new SamplingBreaker(SAMPLE),
    halfOpenAfter: new ExponentialBackoff(OPEN_PERIOD),
  });
  #hasFailed = false;
  #lastFailure: ProviderFailureKind | null = null;
  #downSince: Instant | null = null;

  constructor(provider: ProviderName, options: GuardOptions = NO_GUARD, observeHealth: ObserveHealth = () => {}) {
    this.#provider = provider;
    this.#options = options;
    this.#queue = new CallQueue({ maxPerSecond: options.maxPerSecond, maxInFlight: MAX_IN_FLIGHT });
    // The breaker opens again after each trial that fails.
    this.#breaker.onBreak(() => {
      if (this.#downSince !== null) return;
      this.#downSince = Date.now();
      observeHealth({ provider, isDown: true, reason: this.#lastFailure });
    });
    this.#breaker.onReset(() => {
      this.#downSince = null;
      observeHealth({ provider, isDown: false });
    });
  }

  get health(): ProviderHealth {
    if (this.#breaker.state === CircuitState.Open) return 'DOWN';
    return this.#hasFailed || this.#breaker.state === CircuitState.HalfOpen ? 'DEGRADED' : 'UP';
  }

  /** When the breaker opened; null while it is closed. Trials that fail do not change it. */
  get downSince(): Instant | null {
    return this.#downSince;
  }

  get queue(): QueueState {
    return this.#queue.state;
  }

  /**
   * Runs a call. Retries it after a temporary failure if nothing has changed at the provider and time is left.
   * @throws {ProviderError} the failure of the last try; UNAVAILABLE while the breaker is open; RATE_LIMITED if the queue
   *   has no turn in time; TIMED_OUT if no connection is free in time
   */
  async run<Answer>(until: Deadline, attempt: () => Promise<Attempt<Answer>>): Promise<Answer> {
    const canRetry = (error: unknown) =>
      isTemporary(error) &&
      this.#breaker.state === CircuitState.Closed &&
      performance.now() + retryAfterMs(error) < until.deadline;
    const again = retry(handleWhen(canRetry), {
      maxAttempts: this.#options.retries,
      backoff: new DelegateBackoff(({ attempt: tries, result }) =>
        Math.max('error' in result ? retryAfterMs(result.error) : 0, FIRST_BACKOFF_MS * 2 ** tries * Math.random()),
      ),
    });
    return again.execute(() => this.#try(until, attempt), until.signal);
  }

  async #try<Answer>(until: Deadline, attempt: () => Promise<Attempt<Answer>>): Promise<Answer> {
    // One call tests whether the provider is back. The others fail immediately instead of waiting for it.
    if (this.#breaker.state === CircuitState.HalfOpen) throw this.#breakerOpen();
    const ended = await this.#queue
      .run(until, () => (this.#options.hasBreaker ? this.#throughBreaker(attempt) : attempt()))
      .catch((error: unknown) => {
        throw error instanceof NoTurnError ? this.#noTurn(error) : error;
      });
    if ('answer' in ended) {
      this.#hasFailed = false;
      return ended.answer;
    }
    const { failure, isCancelled } = ended;
    if (!isCancelled) this.#hasFailed = failure.kind !== 'REJECTED';
    if (failure.kind === 'RATE_LIMITED' && this.#options.hasBreaker)
      this.#queue.pauseUntil(performance.now() + retryAfterMs(failure));
    throw failure;
  }

  /** @throws {ProviderError} the failure of a call that its caller cancelled early; the breaker does not count it */
  #throughBreaker<Answer>(attempt: () => Promise<Attempt<Answer>>): Promise<Attempt<Answer>> {
    const counted = async (): Promise<Counted<Answer>> => {
      const isTrial = this.#breaker.state === CircuitState.HalfOpen;
      const ended = await attempt();
      const isCancelled = 'failure' in ended && ended.isCancelled;
      if ('failure' in ended) this.#lastFailure = ended.failure.kind;
      if (isCancelled && !isTrial) throw ended.failure;
      // A trial that its caller cancelled early does not show that the provider has recovered.
      return { ended, isFailure: isCancelled || isBreakerFailure(ended) };
    };
    return this.#breaker.execute(counted).then(
      ({ ended }) => ended,
      (error: unknown) => {
        throw isBrokenCircuitError(error) ? this.#breakerOpen() : error;
      },
    );
  }

  #breakerOpen(): ProviderError {
    return new ProviderError(this.#provider, 'UNAVAILABLE', 'the circuit breaker is open after failures', {
      unchanged: true,
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }

  /** A full queue says nothing about the provider, so the breaker does not count it. */
  #noTurn(cause: NoTurnError): ProviderError {
    const { message, shortage, retryAfterSeconds } = cause;
    const kind = shortage === 'RATE' ? 'RATE_LIMITED' : 'TIMED_OUT';
    return new ProviderError(this.#provider, kind, message, { unchanged: true, retryAfterSeconds, cause });
  }
}

function isCountedAsFailure(counted: unknown): boolean {
  return typeof counted === 'object' && counted !== null && 'isFailure' in counted && counted.isFailure === true;
}

function isBreakerFailure<Answer>(ended: Attempt<Answer>): boolean {
  return 'failure' in ended && BREAKER_FAILURES.has(ended.failure.kind);
}

/** True for a failure that may soon be over and has changed nothing. A full queue fails immediately, without a retry. */
function isTemporary(error: unknown): boolean {
  return (
    error instanceof ProviderError &&
    error.unchanged &&
    !(error.cause instanceof NoTurnError) &&
    (error.kind === 'UNAVAILABLE' || error.kind === 'RATE_LIMITED')
  );
}

/** How long the provider asks callers to wait. */
function retryAfterMs(error: unknown): number {
  return error instanceof ProviderError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
}
