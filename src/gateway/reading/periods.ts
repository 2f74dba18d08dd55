import { LRUCache } from 'lru-cache';
import type { Instant } from '../../domain/promotion/promotion.ts';

const CAPACITY = 10_000;
/** Keys that are longer are not kept: the whole is bounded in bytes, too. */
const MAX_KEY_LENGTH = 2000;

/** How long an answer counts. It does not count at times before `since`, which a clock that was set back may show. */
export interface Period {
  since: Instant;
  until: Instant;
}

/** Keys with a period each. Bounded, in memory: a new entry replaces the one that was added first. */
export class Periods {
  readonly #kept = new LRUCache<string, Period>({ max: CAPACITY });

  add(key: string, period: Period): void {
    if (key.length <= MAX_KEY_LENGTH) this.#kept.set(key, period);
  }

  delete(key: string): void {
    this.#kept.delete(key);
  }

  /** True while the period of a key lasts. */
  covers(key: string, now: Instant): boolean {
    const period = this.#kept.peek(key);
    return period !== undefined && period.since <= now && now < period.until;
  }
}
