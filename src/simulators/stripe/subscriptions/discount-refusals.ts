import type { CouponDocument } from '../coupon.ts';
import type { StripeRefuse } from '../errors.ts';
import type { PromotionCodeDocument } from '../promotion-code.ts';
import { hasLeft, isOver } from '../stripe-accounts.ts';
import type { StripeSwitches } from '../switches.ts';
import { amountOf, type SubscriptionDocument } from './subscription.ts';

/** What a coupon or a code is to be applied to. `now` is in milliseconds. */
export interface DiscountTarget {
  subscription: Pick<SubscriptionDocument, 'currency' | 'customer' | 'items'>;
  hasTransactions: boolean;
  isUpdate: boolean;
  refusesForeverAmounts: boolean;
  minimumOnUpdate: StripeSwitches['minimumOnUpdate'];
  now: number;
}

/** Why Stripe does not apply a discount. */
interface DiscountRefusal {
  message: string;
  code?: string;
}

/** @throws {Refusal} if Stripe would not apply this coupon, through this code if there is one */
export function checkDiscount(
  { coupon, promotionCode, param }: { coupon: CouponDocument; promotionCode?: PromotionCodeDocument; param: string },
  target: DiscountTarget,
  refuse: StripeRefuse,
): void {
  const refusal = (promotionCode && codeRefusal(promotionCode, target)) ?? couponRefusal(coupon, target);
  if (refusal === undefined) return;
  throw refuse(refusal.message, { code: refusal.code, param, isExecuted: true });
}

function codeRefusal(promotionCode: PromotionCodeDocument, target: DiscountTarget): DiscountRefusal | undefined {
  const { active, customer, id, restrictions } = promotionCode;
  if (!hasLeft(promotionCode, 1)) return refused('it has been used the maximum number of times');
  if (isOver(promotionCode, target.now)) return { code: 'coupon_expired', message: `Coupon expired: ${id}` };
  if (!active) return refused('it is inactive');
  if (customer !== null && customer !== target.subscription.customer) {
    return refused('it is restricted to another customer');
  }
  if (restrictions.first_time_transaction && target.hasTransactions) {
    return {
      ...refused('the associated customer has prior transactions'),
      code: 'promotion_code_customer_not_first_time',
    };
  }
  if (restrictions.minimum_amount !== null && !isMinimumMet(restrictions, target)) {
    return refused('the associated purchase does not meet the minimum amount requirement');
  }
  return undefined;
}

function isMinimumMet(
  { currency_options, minimum_amount, minimum_amount_currency }: PromotionCodeDocument['restrictions'],
  { subscription, isUpdate, minimumOnUpdate }: DiscountTarget,
): boolean {
  if (isUpdate && minimumOnUpdate === 'refused') return false;
  const { currency } = subscription;
  const minimum = currency === minimum_amount_currency ? minimum_amount : currency_options[currency];
  return minimum !== undefined && minimum !== null && amountOf(subscription) >= minimum;
}

function couponRefusal(coupon: CouponDocument, target: DiscountTarget): DiscountRefusal | undefined {
  const { amount_off, applies_to, currency, currency_options, duration, id, redeem_by } = coupon;
  const { subscription, refusesForeverAmounts, now } = target;
  if (!hasLeft(coupon, 1)) return refused('it has been used the maximum number of times');
  if (redeem_by !== null && now >= redeem_by * 1000)
    return { code: 'coupon_expired', message: `Coupon expired: ${id}` };
  if (amount_off !== null && currency !== subscription.currency && !(subscription.currency in currency_options)) {
    return { message: `The coupon ${id} has no amount in the currency \`${subscription.currency}\`.` };
  }
  if (amount_off !== null && duration === 'forever' && refusesForeverAmounts) {
    return { message: 'Coupons with amount_off and a duration of forever cannot be applied to subscriptions.' };
  }
  if (
    applies_to !== undefined &&
    !subscription.items.some(({ price }) => applies_to.products.includes(price.product))
  ) {
    return refused('the associated coupon is not valid for any of the items');
  }
  return undefined;
}

function refused(reason: string): DiscountRefusal {
  return { message: `This promotion code cannot be redeemed because ${reason}.` };
}
