import type { Instant } from '../promo/promotion.ts';
import type { Provider } from '../promo/provider.ts';

const CAPACITY = 10_000;

/**
 * What a provider was asked before codes were refused, a short while ago: look-ups by the text as it was sent, and
 * reads. So guessing does not reach it. Bounded, in memory.
 */
export class AskedCodes {
  readonly #until = new Map<string, Instant>();

  add(provider: Provider, text: string, until: Instant): void {
    this.#keep(lookUpKey(provider, text), until);
  }

  has(provider: Provider, text: string, now: Instant): boolean {
    return this.#isKept(lookUpKey(provider, text), now);
  }

  /** The code was created here. */
  forget(provider: Provider, text: string): void {
    this.#until.delete(lookUpKey(provider, text));
  }

  /** @param id of the promotion that the provider was asked for: the promo code, or the coupon that lists it */
  addRead(id: string, until: Instant): void {
    this.#keep(id, until);
  }

  hasRead(id: string, now: Instant): boolean {
    return this.#isKept(id, now);
  }

  #keep(key: string, until: Instant): void {
    this.#until.delete(key);
    const [oldest] = this.#until.keys();
    if (this.#until.size >= CAPACITY && oldest !== undefined) this.#until.delete(oldest);
    this.#until.set(key, until);
  }

  #isKept(key: string, now: Instant): boolean {
    return (this.#until.get(key) ?? 0) > now;
  }
}

/** No provider that is looked up tells upper from lower case. */
function lookUpKey({ name, account }: Provider, text: string): string {
  return JSON.stringify([name, account, text.toLowerCase()]);
}
