import type { Attempts } from '../../store/attempts.ts';
import type { Sleep } from '../core/sleep.ts';
import { siteLimit } from './address-subjects.ts';
import { SlowLanes } from './slow-lanes.ts';
import {
  type LimitReached,
  nameOf,
  type Subject,
  type Usage,
  type WindowAttempt,
  WindowLimits,
} from './window-limits.ts';

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
export const ATTEMPT_ADDRESS_KINDS = { address: 'address', site: 'site' } as const;

/** An attempt that runs. It counts against the limits until it is disposed of. */
export interface Attempt extends Disposable {
  /** Counts it as a failed attempt, for the rest of the window. */
  count(): Promise<void>;
}

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

  /** Begins an attempt unless there were too many. Near the limit it waits first. */
  async begin(subjects: readonly Subject<AttemptKind>[]): Promise<Attempt | LimitReached> {
    const counted = await this.#counts.begin(subjects);
    if ('waitSeconds' in counted) return counted;
    const near = counted.usages.find(isNearLimit);
    if (!near) return counted;
    try {
      return await this.#slow(counted, near);
    } catch (error) {
      counted[Symbol.dispose]();
      throw error;
    }
  }

  async #slow(counted: WindowAttempt<AttemptKind>, near: Usage<AttemptKind>): Promise<Attempt | LimitReached> {
    this.#warn(near);
    this.#observer.countSlowed?.();
    const place = await this.#lanes.enter(nameOf(near.subject), slownessOf(near));
    if ('waitSeconds' in place) {
      counted[Symbol.dispose]();
      return place;
    }
    const end = () => {
      place[Symbol.dispose]();
      counted[Symbol.dispose]();
    };
    return { count: () => counted.count(), [Symbol.dispose]: end };
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
