import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import type { Attempts } from '../store/attempts.ts';

/** How many failed attempts there may be within a window, of each kind of subject. */
export interface GuessLimits {
  customer: number;
  address: number;
  caller: number;
  windowSeconds: number;
}

/** Whose attempts are counted. */
export interface Subject {
  kind: 'customer' | 'address' | 'caller';
  key: string;
}

/**
 * Counts the failed attempts of callers that may not look codes up. The counts are in the store, so that all processes
 * share them; what is under way in this one counts as failed until it is known, so that guesses sent at once are no more
 * than guesses sent in turn.
 */
export class Guesses {
  readonly #limits: GuessLimits;
  readonly #limiters: Record<Subject['kind'], RateLimiterAbstract>;
  readonly #underWay = new Map<string, number>();

  constructor(attempts: Attempts, limits: GuessLimits) {
    this.#limits = limits;
    const limiter = (kind: Subject['kind']) =>
      attempts.limiter(kind, { points: limits[kind], seconds: limits.windowSeconds });
    this.#limiters = { customer: limiter('customer'), address: limiter('address'), caller: limiter('caller') };
  }

  /**
   * Runs an attempt, which tells whether it failed, unless there were too many.
   * @returns what the attempt came to, or how many seconds to wait
   */
  async attempt<Result>(
    subjects: Subject[],
    work: () => Promise<{ result: Result; hasFailed: boolean }>,
  ): Promise<{ result: Result } | { waitSeconds: number }> {
    const ranks = subjects.map((subject) => this.#begin(subject));
    try {
      const waits = await Promise.all(subjects.map((subject, index) => this.#wait(subject, ranks[index] ?? 1)));
      const waitSeconds = Math.max(0, ...waits);
      if (waitSeconds > 0) return { waitSeconds };
      const { result, hasFailed } = await work();
      if (hasFailed) await Promise.all(subjects.map(({ kind, key }) => this.#limiters[kind].penalty(key)));
      return { result };
    } finally {
      for (const subject of subjects) this.#end(subject);
    }
  }

  /** How many attempts of the subject are under way, this one included. */
  #begin(subject: Subject): number {
    const rank = (this.#underWay.get(nameOf(subject)) ?? 0) + 1;
    this.#underWay.set(nameOf(subject), rank);
    return rank;
  }

  #end(subject: Subject): void {
    const left = (this.#underWay.get(nameOf(subject)) ?? 1) - 1;
    if (left > 0) this.#underWay.set(nameOf(subject), left);
    else this.#underWay.delete(nameOf(subject));
  }

  /** How many seconds the subject has to wait; 0: not at all. */
  async #wait({ kind, key }: Subject, rank: number): Promise<number> {
    const failed = await this.#limiters[kind].get(key);
    if ((failed?.consumedPoints ?? 0) + rank <= this.#limits[kind]) return 0;
    return Math.max(1, Math.ceil((failed?.msBeforeNext ?? 0) / 1000));
  }
}

function nameOf({ kind, key }: Subject): string {
  return `${kind}:${key}`;
}
