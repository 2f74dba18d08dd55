import { type Refusal, type RefusalReason, refusal } from './answers.ts';
import { NO_CURRENCY } from './currency.ts';
import { discountOn, inCurrencyOf } from './discount.ts';
import { type Money, subtract } from './money.ts';
import type { Coupon, Instant, PromoCode, Promotion } from './promotion.ts';
import type { Order } from './redemption.ts';
import { isExpired, isScheduled } from './status.ts';

/** Everything a verdict depends on. */
export interface UseRequest {
  promotion: Promotion;
  /** The coupon behind a promo code; null where the terms are its own, and for a coupon itself. */
  coupon: Coupon | null;
  customerId: string | null;
  order: Order;
  /** True where the provider applies the promotion, so that it works the discount out itself. */
  isApplied?: boolean;
  /** True when this order holds a use of the promotion already: its own hold never stands in its way. */
  hasHold: boolean;
  /** Uses that this customer has redeemed or holds, this order's own hold left out. */
  customerUses: number;
  /** When the next hold of a promotion (or of a code of that coupon) runs out; null when none does. */
  nextRelease: (promotionId: string) => Instant | null;
}

/** The discount for the order (null where nobody told its amount and the discount is a percentage), or why there is none. */
export type Verdict = { kind: 'ELIGIBLE'; discountAmount: Money | null } | Refusal;

/**
 * Whether a promotion can be used for an order now. Where several refusals hold, the first: what nobody can change
 * comes first, what the customer can change last.
 */
export function judge(request: UseRequest, now: Instant): Verdict {
  return (
    judgeAvailability(request, now) ??
    judgeState(request, now) ??
    judgeDiscount(request) ??
    (request.promotion.kind === 'PromoCode' ? judgeCustomer(request.promotion, request) : null) ??
    judgeOrder(request) ?? { kind: 'ELIGIBLE', discountAmount: discountFor(request) }
  );
}

function judgeAvailability({ promotion, coupon, hasHold, nextRelease }: UseRequest, now: Instant): Refusal | null {
  const both = coupon ? [promotion, coupon] : [promotion];
  if (both.some((one) => isExpired(one, now))) return refusal('EXPIRED');
  if (both.some(({ isCountUnknown }) => isCountUnknown)) return refusal('CANNOT_VERIFY');
  const own = hasHold ? 1 : 0;
  const full = both.filter(
    ({ maxRedemptions, redeemedCount, heldCount }) =>
      maxRedemptions !== null && redeemedCount + heldCount - own >= maxRedemptions,
  );
  if (full.length === 0) return null;
  const onlyHolds = full.every(
    ({ maxRedemptions, redeemedCount }) => maxRedemptions !== null && redeemedCount < maxRedemptions,
  );
  const releases = onlyHolds ? full.map(({ id }) => nextRelease(id)) : [null];
  if (!releases.every((release) => release !== null)) return refusal('EXHAUSTED');
  // Every limit that is full has to get a use back.
  const release = Math.max(...releases);
  return refusal('EXHAUSTED', { retryAfterSeconds: Math.max(1, Math.ceil((release - now) / 1000)) });
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

function judgeCustomer(promoCode: PromoCode, { customerId, customerUses, order }: UseRequest): Refusal | null {
  const limit = promoCode.perCustomerLimit;
  const rules: [applies: boolean, reason: RefusalReason][] = [
    [customerId === null && (promoCode.customerId !== null || limit !== null), 'CUSTOMER_REQUIRED'],
    [promoCode.customerId !== null && promoCode.customerId !== customerId, 'CUSTOMER_NOT_ELIGIBLE'],
    [limit !== null && customerUses >= limit, 'CUSTOMER_LIMIT_REACHED'],
    [promoCode.firstTransactionOnly && !order.firstTransaction, 'NOT_FIRST_TRANSACTION'],
    [promoCode.planId !== null && promoCode.planId !== order.planId, 'PLAN_NOT_ELIGIBLE'],
  ];
  const broken = rules.find(([applies]) => applies);
  return broken ? refusal(broken[1]) : null;
}

function judgeOrder({ promotion, order }: UseRequest): Refusal | null {
  const { amount } = order;
  if (promotion.productIds !== null && !order.eligibleAmount?.minorUnits) return refusal('PRODUCT_NOT_ELIGIBLE');
  const minimum = promotion.kind === 'PromoCode' ? promotion.minimumOrder : null;
  const fixed = promotion.discount.kind === 'FIXED' ? promotion.discount.amount : null;
  if (amount && [fixed, minimum].some((money) => money !== null && !isSameCurrency(money, amount))) {
    return refusal('CURRENCY_MISMATCH');
  }
  if (!minimum) return null;
  if (!amount) return refusal('ORDER_AMOUNT_REQUIRED');
  const required = inCurrencyOf(amount, minimum);
  return amount.minorUnits < required.minorUnits
    ? refusal('MINIMUM_NOT_MET', { shortfall: subtract(required, amount) })
    : null;
}

function isSameCurrency(money: Money, order: Money): boolean {
  return money.currency === NO_CURRENCY || money.currency === order.currency;
}

function discountFor({ promotion: { discount, productIds }, order }: UseRequest): Money | null {
  if (discount.kind === 'PROVIDER_DEFINED') return null;
  // What is for some products takes nothing off the others.
  const amount = productIds === null ? order.amount : order.eligibleAmount;
  if (amount) return discountOn(amount, discount);
  return discount.kind === 'FIXED' ? discount.amount : null;
}
