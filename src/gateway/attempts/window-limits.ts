import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import type { Attempts } from '../../store/attempts.ts';

/** Whose attempts are counted. */
export interface Subject<Kind extends string> {
  kind: Kind;
  key: string;
}

/** How much of its limit a subject has used. */
export interface Usage<Kind extends string> {
  subject: Subject<Kind>;
  /** What was counted in the window, and what is under way in this process, this attempt included. */
  used: number;
  limit: number;
  /** When the window ends, in milliseconds from now; 0: it has not begun. */
  endsInMs: number;
}

/**
 * Counts attempts by subject within a fixed window. The counts are in the store, so all processes share them. An attempt
 * that is under way in this process counts until its outcome is known, so attempts sent at once are no more than
 * attempts sent in turn.
 */
export class WindowLimits<Kind extends string> {
  readonly #limits: Record<Kind, number>;
  readonly #limiters: Map<string, RateLimiterAbstract>;
  readonly #underWay = new Map<string, number>();

  /** @param limits how much of each kind there may be in a window */
  constructor(attempts: Attempts, limits: Record<Kind, number>, windowSeconds: number) {
    this.#limits = limits;
    this.#limiters = new Map(
      Object.entries<number>(limits).map(([kind, points]) => [
        kind,
        attempts.limiter(kind, { points, seconds: windowSeconds }),
      ]),
    );
  }

  /**
   * Runs an attempt unless a subject has used up its limit. The attempt's outcome says whether it counts.
   * @returns the attempt's result, or how many seconds to wait
   */
  async attempt<Result>(
    subjects: Subject<Kind>[],
    work: (usages: Usage<Kind>[]) => Promise<{ result: Result; counts: boolean }>,
  ): Promise<{ result: Result } | { waitSeconds: number }> {
    const ranks = subjects.map((subject) => this.#begin(subject));
    try {
      const usages = await Promise.all(subjects.map((subject, index) => this.#usage(subject, ranks[index] ?? 1)));
      const spent = usages.filter(({ used, limit }) => used > limit);
      if (spent.length > 0) return { waitSeconds: Math.max(...spent.map(secondsLeft)) };
      const { result, counts } = await work(usages);
      if (counts) await Promise.all(subjects.map(({ kind, key }) => this.#limiter(kind).penalty(key)));
      return { result };
    } finally {
      for (const subject of subjects) this.#end(subject);
    }
  }

  /** Takes back what was counted for a subject, and returns how much that was. */
  async forget({ kind, key }: Subject<Kind>): Promise<number> {
    const counted = await this.#limiter(kind).get(key);
    if (counted) await this.#limiter(kind).delete(key);
    return counted?.consumedPoints ?? 0;
  }

  /** @returns how many attempts of the subject are under way, this one included */
  #begin(subject: Subject<Kind>): number {
    const rank = (this.#underWay.get(nameOf(subject)) ?? 0) + 1;
    this.#underWay.set(nameOf(subject), rank);
    return rank;
  }

  #end(subject: Subject<Kind>): void {
    const left = (this.#underWay.get(nameOf(subject)) ?? 1) - 1;
    if (left > 0) this.#underWay.set(nameOf(subject), left);
    else this.#underWay.delete(nameOf(subject));
  }

  async #usage(subject: Subject<Kind>, rank: number): Promise<Usage<Kind>> {
    const counted = await this.#limiter(subject.kind).get(subject.key);
    const used = (counted?.consumedPoints ?? 0) + rank;
    return { subject, used, limit: this.#limits[subject.kind], endsInMs: counted?.msBeforeNext ?? 0 };
  }

  #limiter(kind: Kind): RateLimiterAbstract {
    const limiter = this.#limiters.get(kind);
    if (!limiter) throw new Error(`There is no limit for ${kind}`);
    return limiter;
  }
}

function secondsLeft({ endsInMs }: { endsInMs: number }): number {
  return Math.max(1, Math.ceil(endsInMs / 1000));
}

/** A name that no other subject has. */
export function nameOf({ kind, key }: Subject<string>): string {
  return `${kind}:${key}`;
}
