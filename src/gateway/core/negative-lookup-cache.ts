import type { Instant } from '../../domain/promotion/promotion.ts';
import type { Provider } from '../../domain/provider/provider.ts';
import { type Period, Periods } from '../reading/periods.ts';

/**
 * Remembers the calls that were made before codes were refused: look-ups of texts, and reads of promotions. While an
 * entry is valid, the call is not repeated, so guesses do not cause calls to a provider.
 */
export class NegativeLookupCache {
  readonly #kept = new Periods();

  /** The number of the last call that was added. */
  get latest(): number {
    return this.#kept.latest;
  }

  add(provider: Provider, text: string, period: Period): void {
    this.#kept.add(lookUpKey(provider, text), period);
  }

  /**
   * @param upTo the number of the last call that counts: a caller that has read the store before a call ended has not
   * seen what the call has found
   */
  has(provider: Provider, text: string, now: Instant, upTo?: number): boolean {
    return this.#kept.covers(lookUpKey(provider, text), now, upTo);
  }

  /** When the look-up of a text is due again; null: it is due now. */
  endOf(provider: Provider, text: string, now: Instant): Instant | null {
    return this.#kept.endOf(lookUpKey(provider, text), now);
  }

  /** Whether a call has been added since `upTo` that makes this one unnecessary. */
  hasSince(provider: Provider, text: string, now: Instant, upTo: number): boolean {
    return this.has(provider, text, now) && !this.has(provider, text, now, upTo);
  }

  /** Forgets a look-up: the code was created here. */
  forget(provider: Provider, text: string): void {
    this.#kept.delete(lookUpKey(provider, text));
  }

  /** @param id of the promotion that the call read: the promo code, or the coupon whose list has it */
  addRead(id: string, period: Period): void {
    this.#kept.add(id, period);
  }

  hasRead(id: string, now: Instant, upTo?: number): boolean {
    return this.#kept.covers(id, now, upTo);
  }
}

/** No provider with a look-up distinguishes upper and lower case. */
function lookUpKey({ name, account }: Provider, text: string): string {
  return JSON.stringify([name, account, text.toLowerCase()]);
}
