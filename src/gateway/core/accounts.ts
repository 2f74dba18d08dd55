import { type AccountScope, isInScope } from '../../auth/account-scope.ts';
import { type PromotionKey, parsePromotionId } from '../../domain/promotion/identity.ts';
import type { ProviderName } from '../../domain/promotion/promotion.ts';
import { PROVIDERS } from '../../domain/promotion/promotion.ts';
import type { Provider, ProviderHealth } from '../../domain/provider/provider.ts';

/** How a provider is doing, and how many calls to it wait for their turn or were refused one. */
export interface ProviderReport {
  health: ProviderHealth;
  waiting: number;
  refused: number;
}

/** The provider accounts that are switched on and within a caller's reach, and how their providers are doing. */
export class Accounts {
  /** What the caller may see and use, whether it is switched on or not. */
  readonly accountScope: AccountScope;
  readonly #providers: readonly Provider[];
  readonly #report: (provider: ProviderName) => ProviderReport;

  constructor(
    providers: readonly Provider[],
    report: (provider: ProviderName) => ProviderReport,
    accountScope: AccountScope = null,
  ) {
    this.#providers = providers.filter(({ name, account }) => isInScope(accountScope, { provider: name, account }));
    this.#report = report;
    this.accountScope = accountScope;
  }

  /** The same for a caller that is bound to some of them. */
  within(accountScope: AccountScope): Accounts {
    return new Accounts(this.#providers, this.#report, accountScope);
  }

  /** Which promotion an id stands for; null for what is no id of ours, or of an account that is out of reach. */
  keyOf(id: string): PromotionKey | null {
    const key = parsePromotionId(id);
    return key && isInScope(this.accountScope, key) ? key : null;
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
    return this.#report(provider).health;
  }

  report(provider: ProviderName): ProviderReport {
    return this.#report(provider);
  }
}
