import type { Attempts } from '../../store/attempts.ts';
import type { Limiter } from '../../store/engines/engine.ts';

/** A person, place or caller whose attempts are counted. */
export interface Subject<Kind extends string> {
  kind: Kind;
  key: string;
}

/** How much of its limit a subject has used. */
export interface Usage<Kind extends string> {
  subject: Subject<Kind>;
  /** The attempts counted in the window and those that run in this process, including this one. */
  used: number;
  limit: number;
  /** When the window ends, in milliseconds from now; 0: it has not begun. */
  endsInMs: number;
}

/** A limit is used up. */
export interface LimitReached {
  waitSeconds: number;
}

/** An attempt that runs. It occupies a place of each subject's limit until it is counted or disposed of. */
export interface WindowAttempt<Kind extends string> extends Disposable {
  readonly usages: readonly Usage<Kind>[];
  /** Counts the attempt for the rest of the window. */
  count(): Promise<void>;
}

/**
 * Counts attempts by subject within a fixed window. The counts are in the store, so all processes share them. An
 * attempt that runs in this process counts until it ends, so parallel attempts are limited like attempts one after the
 * other. While an attempt is being counted it may count twice: a limit is too strict by one for a moment, never too lax.
 */
export class WindowLimits<Kind extends string> {
  readonly #limits: Record<Kind, number>;
  readonly #limiters: Map<string, Limiter>;
  readonly #running = new Map<string, number>();

  /** @param limits the number of attempts of each kind in a window */
  constructor(attempts: Attempts, limits: Record<Kind, number>, windowSeconds: number) {
    this.#limits = limits;
    this.#limiters = new Map(
      Object.entries<number>(limits).map(([kind, points]) => [
        kind,
        attempts.limiter(kind, { points, seconds: windowSeconds }),
      ]),
    );
  }

  /** Begins an attempt unless a subject has used up its limit. */
  async begin(subjects: readonly Subject<Kind>[]): Promise<WindowAttempt<Kind> | LimitReached> {
    const ranks = subjects.map((subject) => this.#enter(subject));
    let hasLeft = false;
    const leave = () => {
      if (!hasLeft) for (const subject of subjects) this.#leave(subject);
      hasLeft = true;
    };
    const count = async () => {
      await this.#count(subjects);
      leave();
    };
    try {
      const usages = await Promise.all(subjects.map((subject, index) => this.#usage(subject, ranks[index] ?? 1)));
      const spent = usages.filter(({ used, limit }) => used > limit);
      if (spent.length === 0) return { usages, count, [Symbol.dispose]: leave };
      leave();
      return { waitSeconds: Math.max(...spent.map(secondsLeft)) };
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Resets the count of a subject, and returns what it was. */
  async forget({ kind, key }: Subject<Kind>): Promise<number> {
    const counted = await this.#limiter(kind).get(key);
    if (counted) await this.#limiter(kind).delete(key);
    return counted?.consumedPoints ?? 0;
  }

  async #count(subjects: readonly Subject<Kind>[]): Promise<void> {
    await Promise.all(subjects.map(({ kind, key }) => this.#limiter(kind).penalty(key)));
  }

  /** @returns how many attempts of the subject run, this one included */
  #enter(subject: Subject<Kind>): number {
    const rank = (this.#running.get(nameOf(subject)) ?? 0) + 1;
    this.#running.set(nameOf(subject), rank);
    return rank;
  }

  #leave(subject: Subject<Kind>): void {
    const left = (this.#running.get(nameOf(subject)) ?? 1) - 1;
    if (left > 0) this.#running.set(nameOf(subject), left);
    else this.#running.delete(nameOf(subject));
  }

  async #usage(subject: Subject<Kind>, rank: number): Promise<Usage<Kind>> {
    const counted = await this.#limiter(subject.kind).get(subject.key);
    const used = (counted?.consumedPoints ?? 0) + rank;
    return { subject, used, limit: this.#limits[subject.kind], endsInMs: counted?.msBeforeNext ?? 0 };
  }

  #limiter(kind: Kind): Limiter {
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
