import type { ProviderName } from '../promo/promotion.ts';
import { PROVIDERS } from '../promo/promotion.ts';
import type { Provider, ProviderFailureKind } from '../promo/provider.ts';

/** DEGRADED: the latest call failed. DOWN: calls are not tried. */
export type ProviderState = 'UP' | 'DEGRADED' | 'DOWN';

/** The provider accounts that are switched on, and how their providers are doing. */
export class Accounts {
  readonly #providers: readonly Provider[];
  readonly #lastOutcome: ReadonlyMap<ProviderName, 'OK' | ProviderFailureKind>;

  /** @param lastOutcome how the latest call to each provider ended; whoever makes the calls keeps it up to date */
  constructor(providers: readonly Provider[], lastOutcome: ReadonlyMap<ProviderName, 'OK' | ProviderFailureKind>) {
    this.#providers = providers;
    this.#lastOutcome = lastOutcome;
  }

  /** The account, or the provider's first where none is named. Undefined: the provider is off or has no such account. */
  find(provider: ProviderName, account?: string): Provider | undefined {
    return this.of(provider).find((one) => account === undefined || one.account === account);
  }

  of(provider: ProviderName): readonly Provider[] {
    return this.#providers.filter(({ name }) => name === provider);
  }

  all(): readonly Provider[] {
    return this.#providers;
  }

  /** The providers that have an account here, in the order of the enum. */
  names(): readonly ProviderName[] {
    return PROVIDERS.filter((name) => this.of(name).length > 0);
  }

  /** DEGRADED: the latest call failed. A refusal is an answer, not a failure. */
  state(provider: ProviderName): ProviderState {
    const outcome = this.#lastOutcome.get(provider) ?? 'OK';
    return outcome === 'OK' || outcome === 'REJECTED' ? 'UP' : 'DEGRADED';
  }
}
