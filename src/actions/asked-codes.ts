import type { Instant } from '../promo/promotion.ts';
import type { Provider } from '../promo/provider.ts';

const CAPACITY = 10_000;

/** For how long an answer counts; not while the clock, put back, is before it. */
interface Period {
  since: Instant;
  until: Instant;
}

/**
 * What a provider was asked before codes were refused, a short while ago: look-ups by the text as it was sent, and
 * reads. So guessing does not reach it. Bounded, in memory.
 */
export class AskedCodes {
  readonly #kept = new Map<string, Period>();

  add(provider: Provider, text: string, period: Period): void {
    this.#keep(lookUpKey(provider, text), period);
  }

  has(provider: Provider, text: string, now: Instant): boolean {
    return this.#isKept(lookUpKey(provider, text), now);
  }

  /** The code was created here. */
  forget(provider: Provider, text: string): void {
    this.#kept.delete(lookUpKey(provider, text));
  }

  /** @param id of the promotion that the provider was asked for: the promo code, or the coupon that lists it */
  addRead(id: string, period: Period): void {
    this.#keep(id, period);
  }

  hasRead(id: string, now: Instant): boolean {
    return this.#isKept(id, now);
  }

  #keep(key: string, period: Period): void {
    this.#kept.delete(key);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= CAPACITY && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(key, period);
  }

  #isKept(key: string, now: Instant): boolean {
    const period = this.#kept.get(key);
    return period !== undefined && period.since <= now && now < period.until;
  }
}

/** No provider that is looked up tells upper from lower case. */
function lookUpKey({ name, account }: Provider, text: string): string {
  return JSON.stringify([name, account, text.toLowerCase()]);
}
