import type { AccountScope } from '../domain/promotion/account-scope.ts';
import type { Instant } from '../domain/promotion/promotion.ts';

/**
 * What a caller may do. `read`: read promotions and redemptions. `quote` and `redeem`: use codes, as a checkout does.
 * `manage`: create and change promotions, and redeem without a code's conditions. `operate`: monitor the gateway.
 * `customers`: name a customer, which every API key may.
 */
export const SCOPES = ['read', 'quote', 'redeem', 'manage', 'operate', 'customers'] as const;
export type Scope = (typeof SCOPES)[number];

/** The scopes that a token of a customer can have: it uses codes as that customer. */
export const CUSTOMER_SCOPES: ReadonlySet<Scope> = new Set(['quote', 'redeem']);

/** An identified client and its rights. */
export interface Caller {
  /** Idempotency keys and orders belong to a name. */
  name: string;
  scopes: ReadonlySet<Scope>;
  accountScope: AccountScope;
  /** The one customer that the caller acts for, and whose redemptions it sees; null if it is not bound to one. */
  customer: string | null;
  /** True for a server that acts for many customers; false for a customer's own browser. */
  isServer: boolean;
  /** When its token expires; null for never. */
  until: Instant | null;
}

/** The caller of every request while no keys are set. Only this machine can then send requests. */
export const LOCAL_CALLER: Caller = {
  name: 'anonymous',
  scopes: new Set(SCOPES),
  accountScope: null,
  customer: null,
  isServer: true,
  until: null,
};

export function isScope(text: string): text is Scope {
  return SCOPES.some((scope) => scope === text);
}
