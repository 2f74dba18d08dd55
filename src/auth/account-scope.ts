import { PROVIDERS, type ProviderName } from '../domain/promotion/promotion.ts';

/** An account of a provider, or all of a provider's. */
export interface ScopedAccount {
  provider: ProviderName;
  /** Null: every account. */
  account: string | null;
}

/** What a caller may see and use; null: everything. */
export type AccountScope = readonly ScopedAccount[] | null;

/** True for an account that is within reach. */
export function isInScope(
  accountScope: AccountScope,
  { provider, account }: { provider: ProviderName; account: string },
): boolean {
  return (
    accountScope === null ||
    accountScope.some((one) => one.provider === provider && (one.account ?? account) === account)
  );
}

/** Each is an index scan of its own in every list. */
const MAX_ACCOUNTS = 30;

/** Reads what a caller is bound to; null where any of it cannot be read, or is too much: it must not become everything. */
export function parseAccountScope(texts: readonly string[]): ScopedAccount[] | null {
  const accountScope = texts.map(parseScopedAccount).filter((one) => one !== null);
  return accountScope.length === texts.length && accountScope.length <= MAX_ACCOUNTS ? accountScope : null;
}

/** Reads "DURO" or "STRIPE_CONNECT/acct_one"; null for anything else. */
function parseScopedAccount(text: string): ScopedAccount | null {
  const [name, ...account] = text.split('/');
  const provider = PROVIDERS.find((known) => known === name);
  if (provider === undefined || account.length > 1 || account[0] === '') return null;
  return { provider, account: account[0] ?? null };
}
