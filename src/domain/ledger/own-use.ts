import type { LedgerState } from './ledger-state.ts';
import type { LedgerUse } from './ledger-use.ts';
import type { Use } from './requests.ts';

/** The uses of an order, from the view of a request for one promotion that names a customer or none. */
export interface OwnUse {
  /** The customer's use of the promotion, or a guest's use, which the customer can claim. */
  own: LedgerUse | undefined;
  /** All other uses of the order. */
  others: LedgerUse[];
  /** The request names no customer, but the order's uses of the promotion belong to customers. */
  isOfNamedCustomer: boolean;
}

/** The active uses of an order, newest first, as the caller may see them. Empty for an order without an id. */
export function usesOfOrder(
  state: Pick<LedgerState, 'usesOfOrder'>,
  { caller, boundTo, order: { id } }: Pick<Use, 'caller' | 'boundTo' | 'order'>,
): LedgerUse[] {
  if (id === null) return [];
  // Order ids can be guessed. A bound caller must not see or use another customer's discount.
  return state
    .usesOfOrder(caller, id)
    .filter(({ customerId }) => boundTo === null || customerId === null || customerId === boundTo);
}

/**
 * Finds the own use among the uses of an order. A guest's use belongs to the first customer who is named for it. A
 * customer's use never belongs to a guest or to another customer.
 */
export function ownUse(uses: readonly LedgerUse[], promotionId: string, customerId: string | null): OwnUse {
  const ofPromotion = uses.filter((use) => use.promotionId === promotionId);
  const ofCustomer = ofPromotion.find((use) => use.customerId === customerId);
  const own = ofCustomer ?? ofPromotion.find((use) => use.customerId === null);
  return {
    own,
    others: uses.filter((use) => use !== own),
    isOfNamedCustomer: customerId === null && own === undefined && ofPromotion.length > 0,
  };
}

/** Whether the request names a customer for a guest's use. The use then becomes that customer's. */
export function isClaimedByCustomer(own: LedgerUse, { customerId }: Pick<Use, 'customerId'>): boolean {
  return own.customerId === null && customerId !== null;
}
