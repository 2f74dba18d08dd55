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
import type { ProviderName } from '../../domain/promotion/promotion.ts';
import type { ProviderHealth } from '../../domain/provider/provider.ts';
import { ProviderError, type ProviderFailureKind } from '../../domain/provider/provider-error.ts';
import { CallQueue, type Deadline, NoTurnError, type QueueState } from './call-queue.ts';

/** How one try ended. A caller who has called it off says nothing of the provider. */
export type Attempt<Answer> = { answer: Answer } | { failure: ProviderError; isCalledOff: boolean };

/** An attempt as the breaker counts it. */
interface Counted<Answer> {
  ended: Attempt<Answer>;
  isTrouble: boolean;
}

const FIRST_WAIT = 100;
/** More than half of at least five calls within ten seconds in trouble: it is left alone for a while. */
const SAMPLE = { threshold: 0.5, duration: 10_000, minimumRps: 0.5 };
const REST = { initialDelay: 1000, maxDelay: 30_000 };
const ASK_AGAIN_SECONDS = 5;
/** What says that a provider is in trouble; a refusal is an answer. */
const TROUBLE: ReadonlySet<ProviderFailureKind> = new Set(['UNAVAILABLE', 'TIMED_OUT', 'RATE_LIMITED']);
/** Calls under way at once: a provider that hangs must not take all of our sockets. */
export const MAX_IN_FLIGHT = 32;

export interface GuardOptions {
  /** Calls sent in a second at most; 0: any number. More wait for their turn. */
  maxPerSecond: number;
  /** How often a call is tried again that failed and can have changed nothing. */
  retries: number;
  /** Whether the provider is left alone for a while when it is in trouble, or asks to be. */
  hasBreaker: boolean;
}

const NOTHING: GuardOptions = { maxPerSecond: 0, retries: 0, hasBreaker: false };

/**
 * What stands before a provider, so that its trouble stays its own, and one caller's calls keep no other's waiting: a
 * fair queue that holds its rate, further tries where they are safe, and a breaker that leaves it alone while it is in
 * trouble.
 */
export class Guard {
  readonly #provider: ProviderName;
  readonly #options: GuardOptions;
  readonly #queue: CallQueue;
  readonly #breaker = circuitBreaker(handleWhenResult(countsAsTrouble), {
    breaker: new SamplingBreaker(SAMPLE),
    halfOpenAfter: new ExponentialBackoff(REST),
  });
  #isTroubled = false;

  constructor(provider: ProviderName, options: GuardOptions = NOTHING) {
    this.#provider = provider;
    this.#options = options;
    this.#queue = new CallQueue({ maxPerSecond: options.maxPerSecond, maxInFlight: MAX_IN_FLIGHT });
  }

  get health(): ProviderHealth {
    if (this.#breaker.state === CircuitState.Open) return 'DOWN';
    return this.#isTroubled || this.#breaker.state === CircuitState.HalfOpen ? 'DEGRADED' : 'UP';
  }

  get queue(): QueueState {
    return this.#queue.state;
  }

  /**
   * Runs a call: again after a failure that passes, where nothing can have changed at the provider and time is left.
   * @throws {ProviderError} what the last try reports; UNAVAILABLE while the provider is left alone; RATE_LIMITED
   *   when the queue has no turn for it in time, TIMED_OUT when no connection is free in time
   */
  async run<Answer>(until: Deadline, attempt: () => Promise<Attempt<Answer>>): Promise<Answer> {
    const mayTryAgain = (error: unknown) =>
      isPassing(error) &&
      this.#breaker.state === CircuitState.Closed &&
      performance.now() + retryAfter(error) < until.deadline;
    const again = retry(handleWhen(mayTryAgain), {
      maxAttempts: this.#options.retries,
      backoff: new DelegateBackoff(({ attempt: tries, result }) =>
        Math.max('error' in result ? retryAfter(result.error) : 0, FIRST_WAIT * 2 ** tries * Math.random()),
      ),
    });
    return again.execute(() => this.#try(until, attempt), until.signal);
  }

  async #try<Answer>(until: Deadline, attempt: () => Promise<Attempt<Answer>>): Promise<Answer> {
    // While one call finds out whether the provider is back, no other waits for it.
    if (this.#breaker.state === CircuitState.HalfOpen) throw this.#leftAlone();
    const ended = await this.#queue
      .run(until, () => (this.#options.hasBreaker ? this.#breaking(attempt) : attempt()))
      .catch((error: unknown) => {
        throw error instanceof NoTurnError ? this.#noTurn(error) : error;
      });
    if ('answer' in ended) {
      this.#isTroubled = false;
      return ended.answer;
    }
    const { failure, isCalledOff } = ended;
    if (!isCalledOff) this.#isTroubled = failure.kind !== 'REJECTED';
    if (failure.kind === 'RATE_LIMITED' && this.#options.hasBreaker)
      this.#queue.pauseUntil(performance.now() + retryAfter(failure));
    throw failure;
  }

  /** @throws {ProviderError} the failure of a call that its caller ended, which the breaker does not count */
  #breaking<Answer>(attempt: () => Promise<Attempt<Answer>>): Promise<Attempt<Answer>> {
    const counted = async (): Promise<Counted<Answer>> => {
      const isTrial = this.#breaker.state === CircuitState.HalfOpen;
      const ended = await attempt();
      const isCalledOff = 'failure' in ended && ended.isCalledOff;
      if (isCalledOff && !isTrial) throw ended.failure;
      // A trial that its caller ended does not show that the provider has recovered.
      return { ended, isTrouble: isCalledOff || isTrouble(ended) };
    };
    return this.#breaker.execute(counted).then(
      ({ ended }) => ended,
      (error: unknown) => {
        throw isBrokenCircuitError(error) ? this.#leftAlone() : error;
      },
    );
  }

  #leftAlone(): ProviderError {
    return new ProviderError(this.#provider, 'UNAVAILABLE', 'left alone after failures', {
      unchanged: true,
      retryAfterSeconds: ASK_AGAIN_SECONDS,
    });
  }

  /** It says nothing about the provider, so the breaker does not hear of it. */
  #noTurn(cause: NoTurnError): ProviderError {
    const { message, shortage, retryAfterSeconds } = cause;
    const kind = shortage === 'RATE' ? 'RATE_LIMITED' : 'TIMED_OUT';
    return new ProviderError(this.#provider, kind, message, { unchanged: true, retryAfterSeconds, cause });
  }
}

function countsAsTrouble(counted: unknown): boolean {
  return typeof counted === 'object' && counted !== null && 'isTrouble' in counted && counted.isTrouble === true;
}

function isTrouble<Answer>(ended: Attempt<Answer>): boolean {
  return 'failure' in ended && TROUBLE.has(ended.failure.kind);
}

/** True for a failure that a moment later may be over, and that has changed nothing. A full queue is answered at once. */
function isPassing(error: unknown): boolean {
  return (
    error instanceof ProviderError &&
    error.unchanged &&
    !(error.cause instanceof NoTurnError) &&
    (error.kind === 'UNAVAILABLE' || error.kind === 'RATE_LIMITED')
  );
}

/** How long the provider asks to be left alone, in milliseconds. */
function retryAfter(error: unknown): number {
  return error instanceof ProviderError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
}
