import type { Attempts } from '../store/attempts.ts';
import { type Sleep, SlowLanes } from './limiting/slow-lanes.ts';
import { type Subject, type Usage, WindowLimits } from './limiting/window-limits.ts';

/** How many failed attempts there may be within a window, of each kind of subject. */
export interface GuessLimits {
  customer: number;
  address: number;
  caller: number;
  windowSeconds: number;
}

/** A /48 network holds 65,536 of the /64 that an address is counted by, so it has a limit of its own: so many times that. */
const ADDRESSES_PER_SITE = 5;

/**
 * Whose failed attempts are counted. A caller has two counts: `caller` for customers that it has never given a use, and
 * for guests; `known` for the others. Invented customers can spend the first alone, so they shut nobody out who has used
 * a code before; the second grows only by customers who each have redeemed or held a code, and each has ten attempts.
 */
export type GuessKind = 'customer' | 'address' | 'site' | 'caller' | 'known';

/** Is told of callers that come near their limit. */
export interface GuessObserver {
  /** Once for each window of a caller, when half of its limit is used. */
  nearLimit?: (caller: string, usage: { failed: number; limit: number }) => void;
  /** For each attempt that has to wait. */
  countSlowed?: () => void;
}

/**
 * Limits the failed attempts of callers that may not look codes up. From half of its limit on, a caller is warned of in
 * the log, and the attempts of its unknown customers are slowed: a few at once, each after a delay that grows up to two
 * seconds. Known customers are never slowed.
 */
export class Guesses {
  readonly #counts: WindowLimits<GuessKind>;
  readonly #lanes: SlowLanes;
  readonly #observer: GuessObserver;
  /** When the window ends in which a caller was warned of, by {@link Date.now}. */
  readonly #warned = new Map<string, number>();

  constructor(attempts: Attempts, limits: GuessLimits, { sleep, ...observer }: GuessObserver & { sleep?: Sleep } = {}) {
    const { customer, address, caller, windowSeconds } = limits;
    const each = { customer, address, site: address * ADDRESSES_PER_SITE, caller, known: caller };
    this.#counts = new WindowLimits(attempts, each, windowSeconds);
    this.#lanes = new SlowLanes(sleep);
    this.#observer = observer;
  }

  /**
   * Runs an attempt, which says whether it failed, unless there were too many.
   * @returns the attempt's result, or how many seconds to wait
   */
  async attempt<Result>(
    subjects: Subject<GuessKind>[],
    work: () => Promise<{ result: Result; hasFailed: boolean }>,
  ): Promise<{ result: Result } | { waitSeconds: number }> {
    type Outcome = { result: Result } | { waitSeconds: number };
    const counted = async (): Promise<{ result: Outcome; counts: boolean }> => {
      const { result, hasFailed } = await work();
      return { result: { result }, counts: hasFailed };
    };
    const attempted = await this.#counts.attempt<Outcome>(subjects, async (usages) => {
      const near = usages.filter(isNearLimit);
      for (const usage of near) this.#warn(usage);
      const slow = near.find(({ subject }) => subject.kind === 'caller');
      if (!slow) return counted();
      this.#observer.countSlowed?.();
      const slowed = await this.#lanes.run(slow.subject.key, slownessOf(slow), counted);
      return 'result' in slowed ? slowed.result : { result: slowed, counts: false };
    });
    return 'result' in attempted ? attempted.result : attempted;
  }

  /** Takes back the failed attempts that were counted for these subjects, and returns how many they were. */
  async forget(subjects: Subject<GuessKind>[]): Promise<number> {
    const counts = await Promise.all(subjects.map((subject) => this.#counts.forget(subject)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  #warn({ subject: { kind, key }, used, limit, endsInMs }: Usage<GuessKind>): void {
    const now = Date.now();
    const name = `${kind}:${key}`;
    // Nothing has failed yet where no window has begun.
    if (endsInMs === 0 || (this.#warned.get(name) ?? 0) > now) return;
    for (const [other, end] of this.#warned) if (end <= now) this.#warned.delete(other);
    this.#warned.set(name, now + endsInMs);
    this.#observer.nearLimit?.(key, { failed: used - 1, limit });
  }
}

function halfOf({ limit }: { limit: number }): number {
  return Math.floor(limit / 2);
}

/** Half of a caller's limit was used before this attempt. */
function isNearLimit(usage: Usage<GuessKind>): boolean {
  const isOfCaller = usage.subject.kind === 'caller' || usage.subject.kind === 'known';
  return isOfCaller && usage.used > halfOf(usage);
}

/** From just above 0 at half of the limit to 1 at the limit. */
function slownessOf(usage: Usage<GuessKind>): number {
  return (usage.used - halfOf(usage)) / (usage.limit - halfOf(usage));
}
