import type { Attempts } from '../../store/attempts.ts';
import type { Sleep } from '../core/gateway.ts';
import { siteLimit } from './address-subjects.ts';
import { SlowLanes } from './slow-lanes.ts';
import { nameOf, type Subject, type Usage, WindowLimits } from './window-limits.ts';

/** How many failed attempts there may be within a window, of each kind of subject. */
export interface AttemptLimits {
  customer: number;
  address: number;
  caller: number;
  windowSeconds: number;
}

/**
 * Whose failed attempts are counted. A caller has two shares of its limit: `known` for customers to whom it has given a
 * use before, `caller` for guests and for all other customers. Attempts for invented customers spend
 * only the second, so they neither slow down nor lock out customers who have used a code before. Spending the first takes
 * a use of a code for each customer, whose own limit then applies too.
 */
export type AttemptKind = 'customer' | 'address' | 'site' | 'caller' | 'known';

/** The kinds of an address that failed attempts come from. */
export const GUESSED_FROM = { address: 'address', site: 'site' } as const;

/** Is notified of callers that come near their limit. */
export interface AttemptObserver {
  /** Once for each window of a caller's share, when half of it is used. */
  nearLimit?: (caller: string, usage: { failed: number; limit: number }) => void;
  /** For each attempt that has to wait. */
  countSlowed?: () => void;
}

/**
 * Limits the failed attempts of callers that may not look codes up. From half of a share on, the log warns of the caller,
 * and further attempts of that share are slowed: a few at once, each after a delay that grows up to two seconds.
 */
export class AttemptLimiter {
  readonly #counts: WindowLimits<AttemptKind>;
  readonly #lanes: SlowLanes;
  readonly #observer: AttemptObserver;
  /** When the window ends in which the log has warned of a share, by {@link Date.now}. */
  readonly #warned = new Map<string, number>();

  constructor(
    attempts: Attempts,
    limits: AttemptLimits,
    { sleep, ...observer }: AttemptObserver & { sleep?: Sleep } = {},
  ) {
    const { customer, address, caller, windowSeconds } = limits;
    const each = { customer, address, site: siteLimit(address), caller, known: caller };
    this.#counts = new WindowLimits(attempts, each, windowSeconds);
    this.#lanes = new SlowLanes(sleep);
    this.#observer = observer;
  }

  /**
   * Runs an attempt, which says whether it failed, unless there were too many.
   * @returns the attempt's result, or how many seconds to wait
   */
  async attempt<Result>(
    subjects: Subject<AttemptKind>[],
    work: () => Promise<{ result: Result; hasFailed: boolean }>,
  ): Promise<{ result: Result } | { waitSeconds: number }> {
    type Outcome = { result: Result } | { waitSeconds: number };
    const counted = async (): Promise<{ result: Outcome; counts: boolean }> => {
      const { result, hasFailed } = await work();
      return { result: { result }, counts: hasFailed };
    };
    const attempted = await this.#counts.attempt<Outcome>(subjects, async (usages) => {
      const near = usages.find(isNearLimit);
      if (!near) return counted();
      this.#warn(near);
      this.#observer.countSlowed?.();
      const slowed = await this.#lanes.run(nameOf(near.subject), slownessOf(near), counted);
      return 'result' in slowed ? slowed.result : { result: slowed, counts: false };
    });
    return 'result' in attempted ? attempted.result : attempted;
  }

  /** Takes back the failed attempts that were counted for these subjects, and returns how many they were. */
  async forget(subjects: Subject<AttemptKind>[]): Promise<number> {
    const counts = await Promise.all(subjects.map((subject) => this.#counts.forget(subject)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  #warn({ subject, used, limit, endsInMs }: Usage<AttemptKind>): void {
    const now = Date.now();
    const name = nameOf(subject);
    // Nothing has failed yet where no window has begun.
    if (endsInMs === 0 || (this.#warned.get(name) ?? 0) > now) return;
    for (const [other, end] of this.#warned) if (end <= now) this.#warned.delete(other);
    this.#warned.set(name, now + endsInMs);
    this.#observer.nearLimit?.(subject.key, { failed: used - 1, limit });
  }
}

function halfOf({ limit }: { limit: number }): number {
  return Math.floor(limit / 2);
}

/** Half of a caller's share was used before this attempt. */
function isNearLimit(usage: Usage<AttemptKind>): boolean {
  const isOfCaller = usage.subject.kind === 'caller' || usage.subject.kind === 'known';
  return isOfCaller && usage.used > halfOf(usage);
}

/** From just above 0 at half of the share to 1 at its end. */
function slownessOf(usage: Usage<AttemptKind>): number {
  return (usage.used - halfOf(usage)) / (usage.limit - halfOf(usage));
}
