import { NO_CURRENCY } from '../money/currency.ts';
import { amountIn, capDiscount, discountOn, inCurrencyOf, remainingAmount } from '../money/discount.ts';
import { type Money, subtract } from '../money/money.ts';
import { firstCurrency, haveSharedCurrency, type StatedAmount } from '../money/shared-currency.ts';
import type { Coupon, Instant, Promotion } from '../promotion/promotion.ts';
import { isExpired, isScheduled } from '../promotion/status.ts';
import { type Refusal, refusal } from './outcomes.ts';
import type { Order } from './redemption.ts';

/** What a use was granted: the order's amount and the discount. Null: unknown. */
export interface Granted {
  amount: Money | null;
  discountAmount: Money | null;
}

/** The order's own hold of the promotion. */
export interface OwnHold extends Granted {
  customerId: string | null;
  /** False: the hold is judged as if it were new. */
  isPromise: boolean;
}

/** Everything that a verdict depends on. */
export interface UseRequest {
  promotion: Promotion;
  /** The coupon of a promo code; null for a promo code with its own terms, and for a coupon. */
  coupon: Coupon | null;
  customerId: string | null;
  order: Order;
  /** The provider applies the promotion to a subscription, so it computes the discount. */
  isApplied?: boolean;
  /** The order's own hold of the promotion. It does not count against the limits. */
  ownHold: OwnHold | null;
  /** The order's uses of other promotions, or for other customers. */
  otherUses: readonly Granted[];
  /** The order's use of the promotion belongs to a named customer, and the request names none. */
  isOfNamedCustomer: boolean;
  /** How often this customer has redeemed or holds the promotion, without the order's own hold. */
  customerUses: number;
  /** The customer has redeemed a promotion of the same provider account for another order. */
  hasTransacted: boolean;
}

/** What a verdict on the order's amount depends on. */
export type AmountRequest = Pick<UseRequest, 'promotion' | 'order' | 'isApplied' | 'ownHold' | 'otherUses'>;

/** The decision on a use. */
export type Verdict = Eligible | Refusal;
export interface Eligible {
  kind: 'ELIGIBLE';
  /** Null for a percentage if the order's amount is unknown. */
  discountAmount: Money | null;
  /** The order's amount minus all its discounts; null if the caller did not send the amount. */
  payableAmount: Money | null;
}

/**
 * Decides whether a promotion can be used for an order now. If several refusals apply, returns the first: permanent
 * ones come first, those that the customer can change come last. A hold is a promise: its order can use the promotion
 * even if that has changed since, and for the same customer and amount the terms stay the same.
 */
export function judge(request: UseRequest, now: Instant): Verdict {
  const { promotion, ownHold, customerId, isOfNamedCustomer } = request;
  // The use belongs to a named customer. A guest must not learn any other reason.
  if (customerId === null && isOfNamedCustomer) return refusal('CUSTOMER_REQUIRED');
  const hasHeldTerms = ownHold !== null && keepsTerms(request);
  const refused =
    (ownHold?.isPromise ? null : unavailable(request, now)) ??
    (hasHeldTerms ? null : judgeDiscount(request)) ??
    (hasHeldTerms && ownHold.customerId === customerId ? null : judgeCustomer(request)) ??
    judgePlan(request) ??
    (hasHeldTerms ? null : judgeProducts(request)) ??
    judgeCurrency(request, hasHeldTerms ? heldAmounts(ownHold) : statedAmounts(promotion)) ??
    (hasHeldTerms ? null : judgeMinimum(request));
  return refused ?? discounted(request);
}

/**
 * The verdict on another order amount for a hold. The hold keeps its use, customer and plan, so only what depends on the
 * amount is judged.
 */
export function judgeAmount(request: AmountRequest): Verdict {
  const { promotion, ownHold } = request;
  const hasHeldTerms = ownHold !== null && keepsTerms(request);
  const refused =
    (hasHeldTerms ? null : (judgeDiscount(request) ?? judgeProducts(request))) ??
    judgeCurrency(request, hasHeldTerms ? heldAmounts(ownHold) : statedAmounts(promotion)) ??
    (hasHeldTerms ? null : judgeMinimum(request));
  return refused ?? discounted(request);
}

/** Why no new use of the promotion can start now; null: one can. */
export function unavailable(request: UseRequest, now: Instant): Refusal | null {
  return judgeAvailability(request, now) ?? judgeState(request, now);
}

/** The verdict for an order that has already redeemed: the discount that it was granted, at most its current amount. */
export function judgeRedeemed(request: UseRequest, granted: Granted): Verdict {
  const { amount } = request.order;
  const before = [granted.amount, granted.discountAmount];
  if (amount && before.some((money) => money && !isSameCurrency(money, amount))) return refusal('CURRENCY_MISMATCH');
  if (!amount) return eligible(granted.discountAmount);
  return judgeCurrency(request, []) ?? eligibleWithinOrder(request, granted.discountAmount, amount);
}

/** Why this customer, or a guest, cannot use the promotion; null: they can. */
export function judgeCustomer(request: UseRequest): Refusal | null {
  const { promotion, customerId, customerUses, order, hasTransacted } = request;
  if (promotion.kind === 'Coupon') return null;
  const { perCustomerLimit: limit, customerId: owner, firstTransactionOnly } = promotion;
  if (customerId === null && (owner !== null || limit !== null)) return refusal('CUSTOMER_REQUIRED');
  if (owner !== null && owner !== customerId) return refusal('CUSTOMER_NOT_ELIGIBLE');
  if (limit !== null && customerUses >= limit) {
    const holds = customerUses - limit + 1;
    return refusal('CUSTOMER_LIMIT_REACHED', { awaited: [{ promotionId: promotion.id, holds, whose: 'CUSTOMER' }] });
  }
  return firstTransactionOnly && (!order.firstTransaction || hasTransacted) ? refusal('NOT_FIRST_TRANSACTION') : null;
}

function judgeAvailability({ promotion, coupon, ownHold }: UseRequest, now: Instant): Refusal | null {
  const both = coupon ? [promotion, coupon] : [promotion];
  if (both.some((one) => isExpired(one, now))) return refusal('EXPIRED');
  if (both.some(({ isCountUnknown }) => isCountUnknown)) return refusal('CANNOT_VERIFY');
  const own = ownHold ? 1 : 0;
  const full = both.flatMap(({ id, maxRedemptions, redeemedCount, heldCount }) => {
    const over = maxRedemptions === null ? -1 : redeemedCount + heldCount - own - maxRedemptions;
    const awaited = { promotionId: id, holds: over + 1, whose: 'ALL' as const };
    return over < 0 ? [] : [{ awaited, isByHolds: redeemedCount < (maxRedemptions ?? 0) }];
  });
  if (full.length === 0) return null;
  // Each full limit must get a use back. Redeemed uses do not come back.
  const isByHolds = full.every((limit) => limit.isByHolds);
  return refusal('EXHAUSTED', { awaited: isByHolds ? full.map(({ awaited }) => awaited) : [] });
}

function judgeState({ promotion, coupon }: UseRequest, now: Instant): Refusal | null {
  if (!promotion.active) return refusal(promotion.kind === 'PromoCode' ? 'INACTIVE' : 'COUPON_INVALID');
  if (coupon && !coupon.active) return refusal('COUPON_INVALID');
  if (isScheduled(promotion, now) || (coupon && isScheduled(coupon, now))) return refusal('NOT_STARTED');
  return null;
}

/** Only the provider can compute a discount that it defines. */
function judgeDiscount({ promotion, isApplied }: AmountRequest): Refusal | null {
  return promotion.discount.kind === 'PROVIDER_DEFINED' && !isApplied ? refusal('CANNOT_VERIFY') : null;
}

function judgeProducts({ promotion, order }: AmountRequest): Refusal | null {
  return promotion.productIds !== null && !order.eligibleAmount?.minorUnits ? refusal('PRODUCT_NOT_ELIGIBLE') : null;
}

/** A hold for the same amount stays valid if the order names no plan. */
function judgePlan(request: UseRequest): Refusal | null {
  const { promotion, order } = request;
  const wanted = promotion.kind === 'PromoCode' ? promotion.planId : null;
  const isKept = order.planId === null && keepsTerms(request);
  return wanted === null || wanted === order.planId || isKept ? null : refusal('PLAN_NOT_ELIGIBLE');
}

/** The order's amount, its other discounts, and the amounts that the use depends on must have the same currency. */
function judgeCurrency(request: AmountRequest, stated: readonly StatedAmount[]): Refusal | null {
  return haveSharedCurrency(orderAmounts(request), stated) ? null : refusal('CURRENCY_MISMATCH');
}

/** What is known of the order's amounts, its own first. */
function orderAmounts({ order, ownHold, otherUses }: AmountRequest): (Money | null)[] {
  const others = otherUses.flatMap(({ amount, discountAmount }) => [amount, discountAmount]);
  return [order.amount ?? ownHold?.amount ?? null, ...others];
}

function statedAmounts(promotion: Promotion): StatedAmount[] {
  const { discount } = promotion;
  const minimum = statedMinimum(promotion);
  const fixed = discount.kind === 'FIXED' ? [{ amount: discount.amount, options: discount.currencyOptions }] : [];
  return [...fixed, ...(minimum ? [minimum] : [])];
}

function statedMinimum(promotion: Promotion): StatedAmount | null {
  if (promotion.kind === 'Coupon' || promotion.minimumOrder === null) return null;
  return { amount: promotion.minimumOrder, options: promotion.minimumOrderOptions };
}

function heldAmounts({ discountAmount }: OwnHold): StatedAmount[] {
  return discountAmount ? [{ amount: discountAmount }] : [];
}

function judgeMinimum({ promotion, order, ownHold }: AmountRequest): Refusal | null {
  const minimum = statedMinimum(promotion);
  const amount = order.amount ?? ownHold?.amount ?? null;
  if (!minimum) return null;
  if (!amount) return refusal('ORDER_AMOUNT_REQUIRED');
  const required = inCurrencyOf(amount, amountIn(amount.currency, minimum.amount, minimum.options) ?? minimum.amount);
  return amount.minorUnits < required.minorUnits
    ? refusal('MINIMUM_NOT_MET', { shortfall: subtract(required, amount) })
    : null;
}

/** Whether the order has the amount for which it holds the promotion. */
function keepsTerms({ promotion, ownHold, order: { amount, eligibleAmount } }: AmountRequest): boolean {
  if (!ownHold?.isPromise) return false;
  // The ledger does not store the eligible amount of a hold.
  if (promotion.productIds !== null && eligibleAmount) return false;
  const { minorUnits, currency } = ownHold.amount ?? {};
  return amount === null || (amount.minorUnits === minorUnits && amount.currency === currency);
}

function isSameCurrency(money: Money, order: Money): boolean {
  return money.currency === NO_CURRENCY || money.currency === order.currency;
}

/** The discount on the order: that of its own hold if the hold's terms apply, otherwise a new one. */
function discounted(request: AmountRequest): Eligible {
  const { order, ownHold } = request;
  const held = keepsTerms(request) ? ownHold : null;
  if (held && !order.amount) return eligible(held.discountAmount);
  const amount = order.amount ?? ownHold?.amount ?? null;
  const discount = held ? held.discountAmount : discountFor(request, amount);
  return eligibleWithinOrder(request, discount, amount);
}

/** Caps a discount at the order's amount minus its other discounts. */
function eligibleWithinOrder(
  { order, otherUses }: AmountRequest,
  discount: Money | null,
  amount: Money | null,
): Eligible {
  const known = amount ?? otherUses.find((use) => use.amount !== null)?.amount ?? null;
  if (!known || !discount) return eligible(discount);
  const remaining = remainingAmount(
    known,
    otherUses.flatMap(({ discountAmount }) => discountAmount ?? []),
  );
  const discountAmount = capDiscount(discount, remaining);
  return eligible(discountAmount, order.amount && subtract(remaining, discountAmount));
}

function eligible(discountAmount: Money | null, payableAmount: Money | null = null): Eligible {
  return { kind: 'ELIGIBLE', discountAmount, payableAmount };
}

/** The discount on an order; on its eligible part if the promotion applies only to some products. */
function discountFor(request: AmountRequest, whole: Money | null): Money | null {
  const { discount, productIds } = request.promotion;
  if (discount.kind === 'PROVIDER_DEFINED') return null;
  const amount = productIds === null ? whole : (request.order.eligibleAmount ?? null);
  if (amount) return discountOn(amount, discount);
  if (discount.kind === 'PERCENTAGE') return null;
  const currency = firstCurrency(orderAmounts(request)) ?? discount.amount.currency;
  return amountIn(currency, discount.amount, discount.currencyOptions);
}
