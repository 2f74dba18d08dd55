import type { Instant } from '../domain/promotion/promotion.ts';
import type { AccountScope } from './account-scope.ts';

/**
 * What a caller may do. `read`: look promotions and redemptions up. `quote` and `redeem`: try a code out and use it, as
 * a checkout does. `manage`: make and change promotions, and redeem past a code's conditions. `operate`: see how the
 * gateway is doing. `customers`: name a customer, which every key may.
 */
export const SCOPES = ['read', 'quote', 'redeem', 'manage', 'operate', 'customers'] as const;
export type Scope = (typeof SCOPES)[number];

/** What a token may do that is bound to a customer: use codes, as that customer. */
export const CUSTOMER_SCOPES: ReadonlySet<Scope> = new Set(['quote', 'redeem']);

/** Who sends a request, and what they may do. */
export interface Caller {
  /** Whose idempotency keys and orders these are. */
  name: string;
  scopes: ReadonlySet<Scope>;
  accountScope: AccountScope;
  /** The one customer that the caller acts for and sees redemptions of; null: it is not bound to one. */
  customer: string | null;
  /** True for a server that asks for many customers, from an address of its own; false for a customer's own browser. */
  isServer: boolean;
  /** When its token is over; null: never. */
  until: Instant | null;
}

/** Whoever asks while no keys are set: only this machine can. */
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
