import type { Instant } from '../../promo/promotion.ts';

const CAPACITY = 10_000;
/** Keys that are longer are not kept: the whole is bounded in bytes, too. */
const MAX_KEY_LENGTH = 2000;

/** For how long an answer counts; not while the clock, put back, is before it. */
export interface Period {
  since: Instant;
  until: Instant;
}

/** Keys with a period each. Bounded, in memory: the oldest entry gives way to a new one. */
export class Periods {
  readonly #kept = new Map<string, Period>();

  add(key: string, period: Period): void {
    this.#kept.delete(key);
    if (key.length > MAX_KEY_LENGTH) return;
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= CAPACITY && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(key, period);
  }

  delete(key: string): void {
    this.#kept.delete(key);
  }

  /** True while the period of a key lasts. */
  covers(key: string, now: Instant): boolean {
    const period = this.#kept.get(key);
    return period !== undefined && period.since <= now && now < period.until;
  }
}
