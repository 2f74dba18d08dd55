import type { Money } from '../money/money.ts';
import { redemptionId } from '../promotion/identity.ts';
import type { Instant, ProviderName } from '../promotion/promotion.ts';
import type { Granted } from '../redemption/eligibility.ts';
import type { Redemption, RedemptionStatus } from '../redemption/redemption.ts';

/** One use of a promotion, with everything that the ledger records about it. {@link Redemption} is its public view. */
export interface LedgerUse {
  ledgerId: string;
  status: RedemptionStatus;
  promotionId: string;
  /** Null where an earlier version recorded the use and the promotion is not in the store. */
  provider: ProviderName | null;
  account: string | null;
  /** The coupon of the promo code. The use counts against its limit too. */
  couponId: string | null;
  caller: string;
  customerId: string | null;
  orderId: string | null;
  orderAmount: Money | null;
  discountAmount: Money | null;
  subscriptionId: string | null;
  /** The provider's id of the use on its subscription. */
  providerUseId: string | null;
  /** The sequence number when it was held or reserved; null: it never was. */
  takenNumber: number | null;
  /** The sequence number when the provider was known to count it; null: it does not. */
  countedNumber: number | null;
  cancelReason: string | null;
  createdAt: Instant;
  /** Null while the provider applies the use: such a hold does not expire. */
  heldUntil: Instant | null;
  /** The order's own hold that an application to a subscription has replaced. */
  replaced: ReplacedHold | null;
  redeemedAt: Instant | null;
  cancelledAt: Instant | null;
}

/** A caller, and the one customer that it is bound to; null: it is not bound. */
export interface UseOwner {
  caller: string;
  customer: string | null;
}

/** Whether a use is of this caller, and of its customer if it is bound to one. */
export function isUseOf({ caller, customerId }: Pick<LedgerUse, 'caller' | 'customerId'>, owner: UseOwner): boolean {
  return caller === owner.caller && (owner.customer === null || customerId === owner.customer);
}

/** A hold while an application to a subscription replaces it. It comes back if the provider refuses. */
export interface ReplacedHold {
  until: Instant;
  /** Null: an earlier version of the gateway recorded only the end. One recorded no `takenNumber`. */
  terms:
    | (Pick<LedgerUse, 'customerId' | 'orderAmount' | 'discountAmount'> & Partial<Pick<LedgerUse, 'takenNumber'>>)
    | null;
}

/** Whether a hold has ended. It is no longer a use, even before the ledger has released it. */
export function hasLapsed({ status, heldUntil }: Pick<LedgerUse, 'status' | 'heldUntil'>, now: Instant): boolean {
  return status === 'HELD' && heldUntil !== null && heldUntil <= now;
}

/** Whether a use is redeemed or held. */
export function isActive(use: Pick<LedgerUse, 'status' | 'heldUntil'>, now: Instant): boolean {
  return (use.status === 'HELD' || use.status === 'REDEEMED') && !hasLapsed(use, now);
}

/** Whether a use is redeemed and only the gateway counts it. */
export function isUncounted({ status, countedNumber }: Pick<LedgerUse, 'status' | 'countedNumber'>): boolean {
  return status === 'REDEEMED' && countedNumber === null;
}

/** The order amount and discount that a use was granted. */
export function grantedOf({ orderAmount: amount, discountAmount }: LedgerUse): Granted {
  return { amount, discountAmount };
}

/** What clients see of a use at `now`. */
export function toRedemption(use: LedgerUse, now: Instant): Redemption {
  return {
    kind: 'Redemption',
    id: redemptionId(use.ledgerId),
    status: hasLapsed(use, now) ? 'EXPIRED' : use.status,
    promotionId: use.promotionId,
    caller: use.caller,
    customerId: use.customerId,
    orderId: use.orderId,
    orderAmount: use.orderAmount,
    discountAmount: use.discountAmount,
    subscriptionId: use.subscriptionId,
    providerUseId: use.providerUseId,
    countedByProvider: use.countedNumber !== null,
    cancelReason: use.cancelReason,
    createdAt: use.createdAt,
    heldUntil: use.heldUntil,
    redeemedAt: use.redeemedAt,
    cancelledAt: use.cancelledAt,
  };
}
