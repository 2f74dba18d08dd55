import { codeKey } from '../promo/code.ts';
import type { Instant } from '../promo/promotion.ts';
import type { Provider } from '../promo/provider.ts';

const CAPACITY = 10_000;

/** The codes that a provider was asked about a short while ago, so that guessing does not reach it. Bounded, in memory. */
export class AskedCodes {
  readonly #until = new Map<string, Instant>();

  add(provider: Provider, code: string, until: Instant): void {
    const [oldest] = this.#until.keys();
    if (this.#until.size >= CAPACITY && oldest !== undefined) this.#until.delete(oldest);
    this.#until.set(keyOf(provider, code), until);
  }

  has(provider: Provider, code: string, now: Instant): boolean {
    return (this.#until.get(keyOf(provider, code)) ?? 0) > now;
  }

  /** The code was created here. */
  forget(provider: Provider, code: string): void {
    this.#until.delete(keyOf(provider, code));
  }
}

function keyOf({ name, account }: Provider, code: string): string {
  return JSON.stringify([name, account, codeKey(code)]);
}
