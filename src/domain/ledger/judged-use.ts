import type { Promotion } from '../promotion/promotion.ts';
import {
  judge,
  judgeAmount,
  judgeCustomer,
  judgeRedeemed,
  type UseRequest,
  type Verdict,
} from '../redemption/eligibility.ts';
import { type Refusal, refusal } from '../redemption/outcomes.ts';
import type { LedgerState } from './ledger-state.ts';
import { grantedOf, type LedgerUse } from './ledger-use.ts';
import { isClaimedByCustomer, ownUse, usesOfOrder } from './own-use.ts';
import type { FinalAmount, RedemptionActor, Use } from './requests.ts';

/** A requested use, and everything that its verdict depends on. */
export interface PreparedUse {
  kind: 'PREPARED';
  /** The order's own use, held or redeemed; undefined: it has none. */
  own: LedgerUse | undefined;
  request: UseRequest;
}

/**
 * Collects the facts for a verdict. A refusal: the promotion or its coupon is not in the store.
 * @param isPromise false: the order's own hold is judged as if it were new
 */
export function prepareUse(state: LedgerState, use: Use, isPromise = true): PreparedUse | Refusal {
  const { caller, customerId, order } = use;
  const promotion = state.promotion(use.promotionId);
  if (!promotion) return refusal('NOT_FOUND');
  const couponId = couponIdOf(promotion);
  const coupon = couponId === null ? null : (state.coupon(couponId) ?? null);
  if (couponId !== null && !coupon) return refusal('COUPON_INVALID');
  const { own, others, isOfNamedCustomer } = ownUse(usesOfOrder(state, use), promotion.id, customerId);
  const isOwnOfCustomer = own !== undefined && own.customerId === customerId;
  const request: UseRequest = {
    promotion,
    coupon,
    customerId,
    order,
    ownHold: own?.status === 'HELD' ? { ...grantedOf(own), customerId: own.customerId, isPromise } : null,
    otherUses: others.map(grantedOf),
    isOfNamedCustomer,
    customerUses: customerId === null ? 0 : state.customerUses(customerId, promotion.id) - (isOwnOfCustomer ? 1 : 0),
    hasTransacted:
      customerId !== null &&
      isForFirst(promotion) &&
      state.hasTransacted(customerId, promotion, { caller, id: order.id }),
  };
  return { kind: 'PREPARED', own, request };
}

/**
 * The verdict on a use, without taking it.
 * @param isPromise false: judges the order's own hold as if it were new
 */
export function quoteUse(state: LedgerState, use: Use, isPromise = true): Verdict {
  const prepared = prepareUse(state, use, isPromise);
  if (prepared.kind === 'REFUSED') return prepared;
  const { own, request } = prepared;
  if (own?.status !== 'REDEEMED') return judge(request, state.now);
  return (isClaimedByCustomer(own, use) ? judgeCustomer(request) : null) ?? judgeRedeemed(request, grantedOf(own));
}

/**
 * A hold with the final amount of its order and the discount on it, or why the promotion cannot be used for that amount.
 * The hold keeps its use, so limits, dates, customer and plan are not judged again.
 */
export function withFinalAmount(
  state: LedgerState,
  hold: LedgerUse,
  finalAmount: FinalAmount,
  { customer: boundTo }: Pick<RedemptionActor, 'customer'>,
): LedgerUse | Refusal {
  const promotion = state.promotion(hold.promotionId);
  // An earlier version of the gateway recorded the use. Nothing is known to judge it by.
  if (!promotion) return refusal('CANNOT_VERIFY');
  const { caller, customerId, orderId } = hold;
  const order = { id: orderId, planId: null, firstTransaction: false, ...finalAmount };
  const others = usesOfOrder(state, { caller, boundTo, order }).filter(({ ledgerId }) => ledgerId !== hold.ledgerId);
  const verdict = judgeAmount({
    promotion,
    order,
    ownHold: { ...grantedOf(hold), customerId, isPromise: true },
    otherUses: others.map(grantedOf),
  });
  if (verdict.kind === 'REFUSED') return verdict;
  return { ...hold, orderAmount: finalAmount.amount, discountAmount: verdict.discountAmount };
}

/** The coupon of a promo code; null for a promo code with its own terms, and for a coupon. */
export function couponIdOf(promotion: Promotion): string | null {
  return promotion.kind === 'PromoCode' ? promotion.couponId : null;
}

/** Whether a promotion is for a customer's first transaction only. */
export function isForFirst(promotion: Promotion): boolean {
  return promotion.kind === 'PromoCode' && promotion.firstTransactionOnly;
}
