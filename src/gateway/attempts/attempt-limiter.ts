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

/** The number of failed attempts in a window, for each kind of subject. */
export interface AttemptLimits {
  customer: number;
  address: number;
  caller: number;
  windowSeconds: number;
}

/**
 * Whose failed attempts are counted. A caller has two limits: `known` for customers who have used a code through it,
 * and `caller` for guests and all other customers. Attempts for invented customers count only against the second, so
 * they neither slow down nor lock out customers who have used a code.
 */
export type AttemptKind = 'customer' | 'address' | 'site' | 'caller' | 'known';

/** The kinds of an address that failed attempts come from. */
export const ATTEMPT_ADDRESS_KINDS = { address: 'address', site: 'site' } as const;

/** An attempt that runs. It counts against the limits until it is disposed of. */
export interface Attempt extends Disposable {
  /** Counts it as a failed attempt, for the rest of the window. */
  count(): Promise<void>;
}

/** Observes callers that come near their limit. */
export interface AttemptObserver {
  /** Called once per window of a caller's limit, when half of it is used. */
  nearLimit?: (caller: string, usage: { failed: number; limit: number }) => void;
  /** Called for each attempt that has to wait. */
  countSlowed?: () => void;
}

/**
 * Limits the failed attempts of callers that may not look codes up. When half of a caller's limit is used, the log
 * warns, and further attempts are slowed down: a few run at a time, each after a delay that grows up to two seconds.
 */
export class AttemptLimiter {
  readonly #counts: WindowLimits<AttemptKind>;
  readonly #lanes: SlowLanes;
  readonly #observer: AttemptObserver;
  /** By subject: when the window ends in which the log has warned, by {@link Date.now}. */
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

  /** Begins an attempt unless a limit is reached. Near the limit it waits first. */
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

  /** Resets the counts of these subjects, and returns how many failed attempts they had. */
  async forget(subjects: Subject<AttemptKind>[]): Promise<number> {
    const counts = await Promise.all(subjects.map((subject) => this.#counts.forget(subject)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  #warn({ subject, used, limit, endsInMs }: Usage<AttemptKind>): void {
    const now = Date.now();
    const name = nameOf(subject);
    // No window has begun, so nothing has failed yet.
    if (endsInMs === 0 || (this.#warned.get(name) ?? 0) > now) return;
    for (const [other, end] of this.#warned) if (end <= now) this.#warned.delete(other);
    this.#warned.set(name, now + endsInMs);
    this.#observer.nearLimit?.(subject.key, { failed: used - 1, limit });
  }
}

function halfOf({ limit }: { limit: number }): number {
  return Math.floor(limit / 2);
}

/** True if half of a caller's limit was used before this attempt. */
function isNearLimit(usage: Usage<AttemptKind>): boolean {
  const isOfCaller = usage.subject.kind === 'caller' || usage.subject.kind === 'known';
  return isOfCaller && usage.used > halfOf(usage);
}

/** From just above 0 at half of the limit to 1 at the limit. */
function slownessOf(usage: Usage<AttemptKind>): number {
  return (usage.used - halfOf(usage)) / (usage.limit - halfOf(usage));
}
