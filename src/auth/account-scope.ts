import { PROVIDERS, type ProviderName } from '../domain/promotion/promotion.ts';

/** An account of a provider, or all of a provider's. */
export interface Reached {
  provider: ProviderName;
  /** Null: every account. */
  account: string | null;
}

/** What a caller may see and use; null: everything. */
export type Reach = readonly Reached[] | null;

/** True for an account that is within reach. */
export function reaches(reach: Reach, { provider, account }: { provider: ProviderName; account: string }): boolean {
  return reach === null || reach.some((one) => one.provider === provider && (one.account ?? account) === account);
}

/** Each is an index scan of its own in every list. */
const MOST_REACHED = 30;

/** Reads what a caller is bound to; null where any of it cannot be read, or is too much: it must not become everything. */
export function parseReach(texts: readonly string[]): Reached[] | null {
  const reach = texts.map(parseReached).filter((one) => one !== null);
  return reach.length === texts.length && reach.length <= MOST_REACHED ? reach : null;
}

/** Reads "DURO" or "STRIPE_CONNECT/acct_one"; null for anything else. */
function parseReached(text: string): Reached | null {
  const [name, ...account] = text.split('/');
  const provider = PROVIDERS.find((known) => known === name);
  if (provider === undefined || account.length > 1 || account[0] === '') return null;
  return { provider, account: account[0] ?? null };
}
