import type { ProviderName } from '../promo/promotion.ts';
import { PROVIDERS } from '../promo/promotion.ts';
import type { Provider, ProviderHealth } from '../promo/provider.ts';

/** The provider accounts that are switched on, and how their providers are doing. */
export class Accounts {
  readonly #providers: readonly Provider[];
  readonly #health: (provider: ProviderName) => ProviderHealth;

  constructor(providers: readonly Provider[], health: (provider: ProviderName) => ProviderHealth) {
    this.#providers = providers;
    this.#health = health;
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

  state(provider: ProviderName): ProviderHealth {
    return this.#health(provider);
  }
}
