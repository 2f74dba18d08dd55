import { PROVIDERS, type ProviderName } from './promotion.ts';

/** One account of a provider, or all accounts of a provider. */
export interface ScopedAccount {
  provider: ProviderName;
  /** Null for every account. */
  account: string | null;
}

/** The accounts that a caller may see and use; null for all accounts of all providers. */
export type AccountScope = readonly ScopedAccount[] | null;

/** True if a scope contains an account. */
export function isInScope(
  accountScope: AccountScope,
  { provider, account }: { provider: ProviderName; account: string },
): boolean {
  return (
    accountScope === null ||
    accountScope.some((scoped) => scoped.provider === provider && (scoped.account ?? account) === account)
  );
}

/** Each account is an index scan of its own in every list. */
const MAX_ACCOUNTS = 30;

/**
 * Parses the accounts that a caller is bound to, each `PROVIDER` or `PROVIDER/account`. Null if any of them is invalid or
 * there are too many: a partly invalid scope must not become an unlimited one.
 */
export function parseAccountScope(texts: readonly string[]): ScopedAccount[] | null {
  const accounts = texts.map(parseScopedAccount).filter((account) => account !== null);
  return accounts.length === texts.length && accounts.length <= MAX_ACCOUNTS ? accounts : null;
}

function parseScopedAccount(text: string): ScopedAccount | null {
  const [name, ...account] = text.split('/');
  const provider = PROVIDERS.find((known) => known === name);
  if (provider === undefined || account.length > 1 || account[0] === '') return null;
  return { provider, account: account[0] ?? null };
}
