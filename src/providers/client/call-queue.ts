import { type CallOrigin, currentOrigins } from '../../domain/provider/call-origin.ts';
import { CallRate } from './call-rate.ts';
import { groupOf, WaitingCalls } from './waiting-calls.ts';

/** When a call ends at the latest, on the clock of `performance.now()`, and the signal that fires then. */
export interface Deadline {
  deadline: number;
  signal: AbortSignal;
}

export interface CallQueueOptions {
  /** Calls sent in a second at most; 0: any number. */
  maxPerSecond: number;
  /** Calls under way at once at most. */
  maxInFlight: number;
}

/** How busy the queue of a provider is. */
export interface QueueState {
  /** Calls that wait for their turn now. */
  waiting: number;
  /** Calls that were refused a turn since the process began. */
  refused: number;
}

/**
 * How much of the time until its deadline a call may wait for its turn. The rest is for the provider: calls that were sent
 * too late would fail as if the provider were in trouble, and the breaker would shut everybody out.
 */
const WAITING_SHARE = 0.5;

/** How many of the calls under way may be of one group: one whose calls hang leaves a connection to everybody else. */
const GROUP_SHARE = 0.75;

/** What a call lacked: a turn within the rate, or a free connection. */
type Shortage = 'RATE' | 'CONNECTIONS';

/** A call got no turn: the queue is full, or its turn would come, or came, too near to its deadline. */
export class NoTurnError extends Error {
  override readonly name = 'NoTurnError';
  readonly shortage: Shortage;
  /** When a call is worth another try, in whole seconds. */
  readonly retryAfterSeconds: number;

  /** @param waitMs how long a turn would take */
  constructor(shortage: Shortage, waitMs: number) {
    super(shortage === 'RATE' ? 'no turn in time' : 'no free connection in time');
    this.shortage = shortage;
    this.retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  }
}

interface WaitingCall {
  /** When it has to have its turn, on the clock of `performance.now()`. */
  latestStart: number;
  start(group: string): void;
  refuse(): void;
}

/**
 * The queue in front of one provider: holds its rate and its number of calls under way, and gives turns in the order of
 * {@link WaitingCalls}. It takes the origin of a call from where the call is made. The process's own memory alone: several
 * processes each have the whole rate.
 */
export class CallQueue {
  readonly #rate: CallRate;
  readonly #maxInFlight: number;
  readonly #maxOfGroup: number;
  readonly #inFlightOf = new Map<string, number>();
  readonly #waiting = new WaitingCalls<WaitingCall>();
  #inFlight = 0;
  #refused = 0;
  #pausedUntil = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ maxPerSecond, maxInFlight }: CallQueueOptions) {
    this.#rate = new CallRate(maxPerSecond);
    this.#maxInFlight = maxInFlight;
    this.#maxOfGroup = Math.ceil(maxInFlight * GROUP_SHARE);
  }

  get state(): QueueState {
    return { waiting: this.#waiting.size, refused: this.#refused };
  }

  /** Gives no turns until then, on the clock of `performance.now()`. */
  pauseUntil(instant: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, instant);
  }

  /**
   * Runs a call once it has its turn.
   * @throws {NoTurnError} at once if the queue is full or has no turn in time; later if its turn comes too late or the
   *   signal fires
   */
  async run<Result>(until: Deadline, call: () => Promise<Result>): Promise<Result> {
    // It will send nothing, so it needs no turn.
    if (until.signal.aborted) return call();
    const group = await this.#turn(until);
    try {
      return await call();
    } finally {
      this.#count(group, -1);
      this.#giveTurns();
    }
  }

  /** @returns the group whose turn it was */
  #turn({ deadline, signal }: Deadline): Promise<string> {
    const origins = currentOrigins();
    const wait = this.#waitOf(origins.all);
    const now = performance.now();
    // A call that need not wait is sent, however near its deadline is.
    const isFree = wait === 0 && this.#hasConnection(origins.all);
    const latestStart = isFree ? Number.POSITIVE_INFINITY : now + (deadline - now) * WAITING_SHARE;
    if (now + wait >= latestStart) return Promise.reject(this.#refusal('RATE', wait));
    return new Promise((resolve, reject) => {
      const waiting = {
        latestStart,
        start: (group: string) => end(() => resolve(group)),
        refuse: () => {
          const shortage = this.#hasConnection(origins.all) ? 'RATE' : 'CONNECTIONS';
          end(() => reject(this.#refusal(shortage, this.#waitOf(origins.all))));
        },
      };
      const giveUp = () => {
        this.#waiting.remove(waiting);
        waiting.refuse();
      };
      const join = (origin: CallOrigin) => {
        if (this.#waiting.hasRoom(origin)) this.#waiting.add(waiting, origin);
      };
      const stopJoining = origins.onJoin(join);
      const end = (settle: () => void) => {
        stopJoining();
        signal.removeEventListener('abort', giveUp);
        settle();
      };
      signal.addEventListener('abort', giveUp, { once: true });
      origins.all.forEach(join);
      this.#giveTurns();
    });
  }

  /** How long a call that is added now waits at least, in milliseconds; a full queue counts as one that never ends. */
  #waitOf(origins: readonly CallOrigin[]): number {
    const ahead = origins.map((origin) => (this.#waiting.hasRoom(origin) ? this.#waiting.turnsAhead(origin) : null));
    const turns = Math.min(...ahead.map((one) => one ?? Number.POSITIVE_INFINITY));
    const start = Math.max(0, Math.max(this.#pausedUntil, this.#rate.nextAt()) - performance.now());
    return turns === Number.POSITIVE_INFINITY ? turns : start + turns * this.#rate.interval;
  }

  #refusal(shortage: Shortage, wait: number): NoTurnError {
    this.#refused += 1;
    const known = Number.isFinite(wait) ? wait : this.#waiting.size * this.#rate.interval;
    return new NoTurnError(shortage, known);
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
    return (this.#inFlightOf.get(group) ?? 0) < this.#maxOfGroup;
  }

  #count(group: string, by: 1 | -1): void {
    this.#inFlight += by;
    const ofGroup = (this.#inFlightOf.get(group) ?? 0) + by;
    if (ofGroup === 0) this.#inFlightOf.delete(group);
    else this.#inFlightOf.set(group, ofGroup);
  }
}
