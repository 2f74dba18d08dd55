import { LRUCache } from 'lru-cache';
import type { Instant } from '../../domain/promotion/promotion.ts';

const CAPACITY = 10_000;
/** Longer keys are not stored, so the memory is bounded. */
const MAX_KEY_LENGTH = 2000;

/** How long an answer is valid. It is not valid before `since`: the clock may have been set back. */
export interface Period {
  since: Instant;
  until: Instant;
}

/** A period for each key. In memory and bounded: when it is full, a new entry replaces the oldest. */
export class Periods {
  readonly #kept = new LRUCache<string, Period & { number: number }>({ max: CAPACITY });
  #added = 0;

  /** The number of the last period that was added. */
  get latest(): number {
    return this.#added;
  }

  add(key: string, period: Period): void {
    this.#added += 1;
    if (key.length <= MAX_KEY_LENGTH) this.#kept.set(key, { ...period, number: this.#added });
  }

  delete(key: string): void {
    this.#kept.delete(key);
  }

  /**
   * True while the period of a key lasts.
   * @param upTo the number of the last period that counts
   */
  covers(key: string, now: Instant, upTo = Number.POSITIVE_INFINITY): boolean {
    return this.endOf(key, now, upTo) !== null;
  }

  /** When the period of a key ends; null: it does not last now. */
  endOf(key: string, now: Instant, upTo = Number.POSITIVE_INFINITY): Instant | null {
    const period = this.#kept.peek(key);
    const lasts = period !== undefined && period.number <= upTo && period.since <= now && now < period.until;
    return lasts ? period.until : null;
  }
}
