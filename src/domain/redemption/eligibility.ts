import { NO_CURRENCY } from '../money/currency.ts';
import { capDiscount, discountOn, inCurrencyOf, remainingAmount } from '../money/discount.ts';
import { type Money, subtract } from '../money/money.ts';
import type { Coupon, Instant, Promotion } from '../promotion/promotion.ts';
import { isExpired, isScheduled } from '../promotion/status.ts';
import type { Order } from './redemption.ts';
import { type Refusal, refusal } from './results.ts';

/** What an order was granted: what it came to, and what was taken off, as far as that is known. */
export interface Granted {
  amount: Money | null;
  discountAmount: Money | null;
}

/** The order's own hold of the promotion. */
export interface OwnHold extends Granted {
  customerId: string | null;
  /** False: it is judged as if it had still to be made. */
  isPromise: boolean;
}

/** Everything a verdict depends on. */
export interface UseRequest {
  promotion: Promotion;
  /** The coupon behind a promo code; null where the terms are its own, and for a coupon itself. */
  coupon: Coupon | null;
  customerId: string | null;
  order: Order;
  /** True where the provider applies the promotion, so that it works the discount out itself. */
  isApplied?: boolean;
  /** The hold that this order has of the promotion already: it never stands in its own way. */
  ownHold: OwnHold | null;
  /** What the order has of other promotions, or for other customers. */
  otherUses: readonly Granted[];
  /** A customer was named for this order's use of the promotion, so it is not a guest's. */
  isOfNamedCustomer: boolean;
  /** Uses that this customer has redeemed or holds, this order's own hold left out. */
  customerUses: number;
  /** The customer has redeemed something for another order, at the same provider account. */
  hasTransacted: boolean;
  /**
   * When so many holds of a promotion (or of a code of that coupon) have run out, of all or of this customer; null: that
   * many do not run out, or the caller is not to know.
   */
  releaseOf: (promotionId: string, holds: number, whose: 'ALL' | 'CUSTOMER') => Instant | null;
}

/**
 * The discount for the order (null where nobody told its amount and the discount is a percentage) and what is left to
 * pay after all its discounts (null where the caller did not tell the amount), or why there is none.
 */
export type Verdict = Eligible | Refusal;
export interface Eligible {
  kind: 'ELIGIBLE';
  discountAmount: Money | null;
  payableAmount: Money | null;
}

/**
 * Whether a promotion can be used for an order now. Where several refusals hold, the first: what nobody can change
 * comes first, what the customer can change last. A hold is a promise: its own order gets it whatever has become of the
 * promotion since, and for the same customer and amount on the same terms.
 */
export function judge(request: UseRequest, now: Instant): Verdict {
  const { promotion, order, ownHold, customerId, isOfNamedCustomer } = request;
  // The order's use is its customer's: what else stands in the way is not a guest's to know.
  if (customerId === null && isOfNamedCustomer) return refusal('CUSTOMER_REQUIRED');
  const isAsHeld = ownHold !== null && keepsTerms(request);
  const refused =
    (ownHold?.isPromise ? null : unavailable(request, now)) ??
    (isAsHeld ? null : judgeDiscount(request)) ??
    (isAsHeld && ownHold.customerId === customerId ? null : judgeCustomer(request, now)) ??
    judgePlan(request) ??
    (isAsHeld ? null : judgeProducts(request)) ??
    judgeCurrency(request) ??
    (isAsHeld ? null : judgeMinimum(request));
  if (refused) return refused;
  if (isAsHeld && !order.amount) return eligible(ownHold.discountAmount);
  const amount = order.amount ?? ownHold?.amount ?? null;
  const discount = isAsHeld ? ownHold.discountAmount : discountFor(promotion, amount, order.eligibleAmount);
  return settled(request, discount, amount);
}

/** Why nobody could start to use the promotion now; null: somebody could. */
export function unavailable(request: UseRequest, now: Instant): Refusal | null {
  return judgeAvailability(request, now) ?? judgeState(request, now);
}

/** What an order that has redeemed gets when it is judged again: what it was granted, never more than it comes to now. */
export function judgeRedeemed(request: UseRequest, granted: Granted): Verdict {
  const { amount } = request.order;
  const before = [granted.amount, granted.discountAmount];
  if (amount && before.some((money) => money && !isSameCurrency(money, amount))) return refusal('CURRENCY_MISMATCH');
  if (!amount) return eligible(granted.discountAmount);
  return judgeCurrency({ ...request, promotion: null }) ?? settled(request, granted.discountAmount, amount);
}

/** Why this customer, or a guest, cannot use it; null: they can. */
export function judgeCustomer(request: UseRequest, now: Instant): Refusal | null {
  const { promotion, customerId, customerUses, order, hasTransacted } = request;
  if (promotion.kind === 'Coupon') return null;
  const { perCustomerLimit: limit, customerId: owner, firstTransactionOnly } = promotion;
  if (customerId === null && (owner !== null || limit !== null)) return refusal('CUSTOMER_REQUIRED');
  if (owner !== null && owner !== customerId) return refusal('CUSTOMER_NOT_ELIGIBLE');
  if (limit !== null && customerUses >= limit) {
    const release = request.releaseOf(promotion.id, customerUses - limit + 1, 'CUSTOMER');
    return refusal('CUSTOMER_LIMIT_REACHED', retryAt(release, now));
  }
  return firstTransactionOnly && (!order.firstTransaction || hasTransacted) ? refusal('NOT_FIRST_TRANSACTION') : null;
}

function judgeAvailability({ promotion, coupon, ownHold, releaseOf }: UseRequest, now: Instant): Refusal | null {
  const both = coupon ? [promotion, coupon] : [promotion];
  if (both.some((one) => isExpired(one, now))) return refusal('EXPIRED');
  if (both.some(({ isCountUnknown }) => isCountUnknown)) return refusal('CANNOT_VERIFY');
  const own = ownHold ? 1 : 0;
  const full = both.flatMap(({ id, maxRedemptions, redeemedCount, heldCount }) => {
    const over = maxRedemptions === null ? -1 : redeemedCount + heldCount - own - maxRedemptions;
    return over < 0 ? [] : [{ id, holds: over + 1, isByHolds: redeemedCount < (maxRedemptions ?? 0) }];
  });
  if (full.length === 0) return null;
  const releases = full.map(({ id, holds, isByHolds }) => (isByHolds ? releaseOf(id, holds, 'ALL') : null));
  // Every limit that is full has to get a use back.
  const last = releases.reduce((one, other) => (one === null || other === null ? null : Math.max(one, other)));
  return refusal('EXHAUSTED', retryAt(last, now));
}

function judgeState({ promotion, coupon }: UseRequest, now: Instant): Refusal | null {
  if (!promotion.active) return refusal(promotion.kind === 'PromoCode' ? 'INACTIVE' : 'COUPON_INVALID');
  if (coupon && !coupon.active) return refusal('COUPON_INVALID');
  if (isScheduled(promotion, now) || (coupon && isScheduled(coupon, now))) return refusal('NOT_STARTED');
  return null;
}

/** Nobody but the provider can say what a discount of its own making takes off. */
function judgeDiscount({ promotion, isApplied }: UseRequest): Refusal | null {
  return promotion.discount.kind === 'PROVIDER_DEFINED' && !isApplied ? refusal('CANNOT_VERIFY') : null;
}

function judgeProducts({ promotion, order }: UseRequest): Refusal | null {
  return promotion.productIds !== null && !order.eligibleAmount?.minorUnits ? refusal('PRODUCT_NOT_ELIGIBLE') : null;
}

/** A hold for the same amount keeps its plan if the order names none. */
function judgePlan(request: UseRequest): Refusal | null {
  const { promotion, order } = request;
  const wanted = promotion.kind === 'PromoCode' ? promotion.planId : null;
  const isKept = order.planId === null && keepsTerms(request);
  return wanted === null || wanted === order.planId || isKept ? null : refusal('PLAN_NOT_ELIGIBLE');
}

/** An order has one currency: that of its amount, and of whatever else it has been granted. */
function judgeCurrency({
  promotion,
  order,
  ownHold,
  otherUses,
}: Omit<UseRequest, 'promotion'> & { promotion: Promotion | null }): Refusal | null {
  const minimum = promotion?.kind === 'PromoCode' ? promotion.minimumOrder : null;
  const fixed = promotion?.discount.kind === 'FIXED' ? promotion.discount.amount : null;
  const others = otherUses.flatMap(({ amount, discountAmount }) => [amount, discountAmount]);
  const [one, ...more] = [order.amount ?? ownHold?.amount ?? null, ...others, fixed, minimum].filter(
    (money) => money !== null && money.currency !== NO_CURRENCY,
  );
  return one && more.some((money) => money && !isSameCurrency(money, one)) ? refusal('CURRENCY_MISMATCH') : null;
}

function judgeMinimum({ promotion, order, ownHold }: UseRequest): Refusal | null {
  const minimum = promotion.kind === 'PromoCode' ? promotion.minimumOrder : null;
  const amount = order.amount ?? ownHold?.amount ?? null;
  if (!minimum) return null;
  if (!amount) return refusal('ORDER_AMOUNT_REQUIRED');
  const required = inCurrencyOf(amount, minimum);
  return amount.minorUnits < required.minorUnits
    ? refusal('MINIMUM_NOT_MET', { shortfall: subtract(required, amount) })
    : null;
}

/** The order comes to what it held the promotion for. */
function keepsTerms({ promotion, ownHold, order: { amount, eligibleAmount } }: UseRequest): boolean {
  if (!ownHold?.isPromise) return false;
  // Which products it was held for is not known.
  if (promotion.productIds !== null && eligibleAmount) return false;
  const { minorUnits, currency } = ownHold.amount ?? {};
  return amount === null || (amount.minorUnits === minorUnits && amount.currency === currency);
}

function isSameCurrency(money: Money, order: Money): boolean {
  return money.currency === NO_CURRENCY || money.currency === order.currency;
}

/** A discount within what the other discounts of the order leave of it. */
function settled({ order, otherUses }: UseRequest, discount: Money | null, amount: Money | null): Eligible {
  const known = amount ?? otherUses.find((use) => use.amount !== null)?.amount ?? null;
  if (!known || !discount) return eligible(discount);
  const left = remainingAmount(
    known,
    otherUses.flatMap(({ discountAmount }) => discountAmount ?? []),
  );
  const discountAmount = capDiscount(discount, left);
  return eligible(discountAmount, order.amount && subtract(left, discountAmount));
}

function eligible(discountAmount: Money | null, payableAmount: Money | null = null): Eligible {
  return { kind: 'ELIGIBLE', discountAmount, payableAmount };
}

/** What a promotion takes off an order; for some products, off the part of it that they make up. */
function discountFor(
  { discount, productIds }: Promotion,
  whole: Money | null,
  eligiblePart: Money | null | undefined,
): Money | null {
  if (discount.kind === 'PROVIDER_DEFINED') return null;
  const amount = productIds === null ? whole : (eligiblePart ?? null);
  if (amount) return discountOn(amount, discount);
  return discount.kind === 'FIXED' ? discount.amount : null;
}

/** When a use is free again, as a refusal says it; null: nobody can tell. */
export function retryAt(release: Instant | null, now: Instant): { retryAfterSeconds?: number } {
  return release === null ? {} : { retryAfterSeconds: Math.max(1, Math.ceil((release - now) / 1000)) };
}
