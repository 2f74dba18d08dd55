import type { Instant } from '../../domain/promotion/promotion.ts';
import type { Provider } from '../../domain/provider/provider.ts';
import { type Period, Periods } from '../reading/periods.ts';

/**
 * The calls that a provider has answered a short while ago, before codes were refused: look-ups by the text as sent, and
 * reads. So guessing does not reach it.
 */
export class NegativeLookupCache {
  readonly #kept = new Periods();

  add(provider: Provider, text: string, period: Period): void {
    this.#kept.add(lookUpKey(provider, text), period);
  }

  has(provider: Provider, text: string, now: Instant): boolean {
    return this.#kept.covers(lookUpKey(provider, text), now);
  }

  /** The code was created here. */
  forget(provider: Provider, text: string): void {
    this.#kept.delete(lookUpKey(provider, text));
  }

  /** @param id of the promotion that the provider was asked for: the promo code, or the coupon that lists it */
  addRead(id: string, period: Period): void {
    this.#kept.add(id, period);
  }

  hasRead(id: string, now: Instant): boolean {
    return this.#kept.covers(id, now);
  }
}

/** No provider that is looked up tells upper from lower case. */
function lookUpKey({ name, account }: Provider, text: string): string {
  return JSON.stringify([name, account, text.toLowerCase()]);
}
