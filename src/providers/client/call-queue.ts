import { type CallOrigin, currentOrigins } from '../../domain/provider/call-origin.ts';
import { CallRate } from './call-rate.ts';
import { groupOf, WaitingCalls } from './waiting-calls.ts';

/** The latest time at which a call ends, on the clock of `performance.now()`, and the signal that fires then. */
export interface Deadline {
  deadline: number;
  signal: AbortSignal;
}

/** The limits of a {@link CallQueue}. */
export interface CallQueueOptions {
  /** Most calls per second; 0: no limit. */
  maxPerSecond: number;
  /** Most calls in flight at one time. */
  maxInFlight: number;
}

/** How busy the queue of a provider is. */
export interface QueueState {
  /** Calls that are waiting for their turn. */
  waiting: number;
  /** Calls that got no turn since the process started. */
  refused: number;
}

/**
 * The share of the time until its deadline that a call may wait for its turn. The rest is for the provider. A call that is
 * sent too late would time out, the breaker would count that as a failure of the provider, and would open for all callers.
 */
const WAITING_SHARE = 0.5;

/** The share of the connections that one group may use. If its calls hang, the other groups still have connections. */
const GROUP_SHARE = 0.75;

/** What a call lacked: a turn within the rate, or a free connection. */
type Shortage = 'RATE' | 'CONNECTIONS';

/** A call got no turn: the queue is full, or the turn would be (or was) too close to the call's deadline. */
export class NoTurnError extends Error {
  override readonly name = 'NoTurnError';
  readonly shortage: Shortage;
  /** How long to wait before another try, rounded up to whole seconds. */
  readonly retryAfterSeconds: number;

  /** @param waitMs how long the call would have to wait for a turn */
  constructor(shortage: Shortage, waitMs: number) {
    super(
      shortage === 'RATE'
        ? 'the rate limit left no turn before the deadline'
        : 'no connection became free before the deadline',
    );
    this.shortage = shortage;
    this.retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  }
}

interface WaitingCall {
  /** The call is refused if its turn comes later than this, on the clock of `performance.now()`. */
  latestStart: number;
  start(group: string): void;
  refuse(): void;
}

/**
 * The queue of calls to one provider. It enforces the rate limit and the limit of calls in flight, and gives turns in the
 * order of {@link WaitingCalls}. It reads the origins of a call from its async context ({@link currentOrigins}). The state is
 * per process: with several processes, each one may use the whole rate.
 */
export class CallQueue {
  readonly #rate: CallRate;
  readonly #maxInFlight: number;
  readonly #maxPerGroup: number;
  readonly #inFlightByGroup = new Map<string, number>();
  readonly #waiting = new WaitingCalls<WaitingCall>();
  #inFlight = 0;
  #refused = 0;
  #pausedUntil = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ maxPerSecond, maxInFlight }: CallQueueOptions) {
    this.#rate = new CallRate(maxPerSecond);
    this.#maxInFlight = maxInFlight;
    this.#maxPerGroup = Math.ceil(maxInFlight * GROUP_SHARE);
  }

  get state(): QueueState {
    return { waiting: this.#waiting.size, refused: this.#refused };
  }

  /** Gives no turns before `instant`, on the clock of `performance.now()`. */
  pauseUntil(instant: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, instant);
  }

  /**
   * Runs a call once it has its turn.
   * @throws {NoTurnError} immediately if the queue is full or has no turn in time; later if the turn comes too late or the
   *   signal fires
   */
  async run<Result>(until: Deadline, call: () => Promise<Result>): Promise<Result> {
    // An aborted call sends nothing, so it needs no turn.
    if (until.signal.aborted) return call();
    const group = await this.#turn(until);
    try {
      return await call();
    } finally {
      this.#count(group, -1);
      this.#giveTurns();
    }
  }

  /** @returns the group that the turn counts for */
  #turn({ deadline, signal }: Deadline): Promise<string> {
    const origins = currentOrigins();
    const waitMs = this.#waitMsOf(origins.all);
    const now = performance.now();
    // A call that can be sent now is sent, however close its deadline is.
    const isFree = waitMs === 0 && this.#hasConnection(origins.all);
    const latestStart = isFree ? Number.POSITIVE_INFINITY : now + (deadline - now) * WAITING_SHARE;
    if (now + waitMs >= latestStart) return Promise.reject(this.#refusal('RATE', waitMs));
    return new Promise((resolve, reject) => {
      const waiting = {
        latestStart,
        start: (group: string) => leave(() => resolve(group)),
        refuse: () => {
          const shortage = this.#hasConnection(origins.all) ? 'RATE' : 'CONNECTIONS';
          leave(() => reject(this.#refusal(shortage, this.#waitMsOf(origins.all))));
        },
      };
      const abort = () => {
        this.#waiting.remove(waiting);
        waiting.refuse();
      };
      const join = (origin: CallOrigin) => {
        if (this.#waiting.hasRoom(origin)) this.#waiting.add(waiting, origin);
      };
      const stopJoining = origins.onJoin(join);
      const leave = (finish: () => void) => {
        stopJoining();
        signal.removeEventListener('abort', abort);
        finish();
      };
      signal.addEventListener('abort', abort, { once: true });
      origins.all.forEach(join);
      this.#giveTurns();
    });
  }

  /** The minimum wait of a call that is added now; `Infinity` if the queue is full. */
  #waitMsOf(origins: readonly CallOrigin[]): number {
    const ahead = origins.map((origin) => (this.#waiting.hasRoom(origin) ? this.#waiting.turnsAhead(origin) : null));
    const turns = Math.min(...ahead.map((count) => count ?? Number.POSITIVE_INFINITY));
    const start = Math.max(0, Math.max(this.#pausedUntil, this.#rate.nextAt()) - performance.now());
    return turns === Number.POSITIVE_INFINITY ? turns : start + turns * this.#rate.intervalMs;
  }

  #refusal(shortage: Shortage, waitMs: number): NoTurnError {
    this.#refused += 1;
    const knownMs = Number.isFinite(waitMs) ? waitMs : this.#waiting.size * this.#rate.intervalMs;
    return new NoTurnError(shortage, knownMs);
  }

  #giveTurns(): void {
    clearTimeout(this.#timer);
    while (this.#waiting.size > 0 && this.#inFlight < this.#maxInFlight) {
      const now = performance.now();
      const at = Math.max(this.#pausedUntil, this.#rate.nextAt());
      if (at > now) {
        this.#timer = setTimeout(() => this.#giveTurns(), Math.ceil(at - now));
        return;
      }
      const next = this.#waiting.next((group) => this.#hasShare(group));
      if (!next) return;
      const { call, group } = next;
      if (now > call.latestStart) {
        call.refuse();
        continue;
      }
      this.#count(group, 1);
      this.#rate.take(now, this.#waiting.size > 0);
      call.start(group);
    }
  }

  #hasConnection(origins: readonly CallOrigin[]): boolean {
    return this.#inFlight < this.#maxInFlight && origins.some((origin) => this.#hasShare(groupOf(origin)));
  }

  #hasShare(group: string): boolean {
    return (this.#inFlightByGroup.get(group) ?? 0) < this.#maxPerGroup;
  }

  #count(group: string, by: 1 | -1): void {
    this.#inFlight += by;
    const ofGroup = (this.#inFlightByGroup.get(group) ?? 0) + by;
    if (ofGroup === 0) this.#inFlightByGroup.delete(group);
    else this.#inFlightByGroup.set(group, ofGroup);
  }
}
