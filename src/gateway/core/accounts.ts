import { type AccountScope, isInScope } from '../../domain/promotion/account-scope.ts';
import { type PromotionKey, parsePromotionId } from '../../domain/promotion/identity.ts';
import type { Instant, ProviderName } from '../../domain/promotion/promotion.ts';
import { PROVIDERS } from '../../domain/promotion/promotion.ts';
import type { Provider, ProviderHealth } from '../../domain/provider/provider.ts';

/** An account at a provider. */
export interface Account {
  provider: ProviderName;
  account: string;
}

/** The account of a connected provider. Each `Provider` object is one account. */
export function accountOf({ name, account }: Pick<Provider, 'name' | 'account'>): Account {
  return { provider: name, account };
}

/** The health of a provider, since when calls to it are stopped (null: they are not), and how many calls to it wait for their turn or were refused one. */
export interface ProviderReport {
  health: ProviderHealth;
  downSince: Instant | null;
  waiting: number;
  refused: number;
}

/** The connected provider accounts in a caller's account scope, and the health of their providers. */
export class Accounts {
  /** The accounts that the caller may see and use, connected or not. */
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

  /** The accounts as seen by a caller with an account scope. */
  scopedTo(accountScope: AccountScope): Accounts {
    return new Accounts(this.#providers, this.#report, accountScope);
  }

  /** The key of the promotion with an id; null: it is no promotion's id, or its account is outside the scope. */
  keyOf(id: string): PromotionKey | null {
    const key = parsePromotionId(id);
    return key && isInScope(this.accountScope, key) ? key : null;
  }

  /** An account; without its name, the provider's first. Undefined: the provider is off, or has no such account. */
  find(provider: ProviderName, account?: string): Provider | undefined {
    return this.of(provider).find((one) => account === undefined || one.account === account);
  }

  of(provider: ProviderName): readonly Provider[] {
    return this.#providers.filter(({ name }) => name === provider);
  }

  all(): readonly Provider[] {
    return this.#providers;
  }

  /** The providers with a connected account, in the order of the enum. */
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
