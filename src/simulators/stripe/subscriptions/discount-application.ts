import { randomText } from '../../server/ulid.ts';
import { ALPHANUMERIC, type CouponDocument } from '../coupon.ts';
import { noSuch } from '../errors.ts';
import type { PromotionCodeDocument } from '../promotion-code.ts';
import type { StripeRequest } from '../requests/request.ts';
import type { Parameters } from '../requests/stripe-parameters.ts';
import { countUses } from '../stripe-accounts.ts';
import { checkDiscount, type DiscountTarget } from './discount-refusals.ts';
import type { DiscountDocument } from './stripe-discount.ts';
import type { SubscriptionDocument } from './subscription.ts';

const MAX_DISCOUNTS = 20;

/** An entry of `discounts`: a discount that stays, or a coupon to apply, through a code or by its id. */
type Entry =
  | { kept: DiscountDocument; coupon: CouponDocument; param: string }
  | { kept?: undefined; coupon: CouponDocument; promotionCode?: PromotionCodeDocument; param: string };

/**
 * Replaces the discounts of a subscription by those in `discounts`. What is not repeated there is taken off. Nothing
 * changes if one of them is refused.
 * @throws {Refusal} with Stripe's text
 */
export function replaceDiscounts(
  request: StripeRequest,
  subscription: SubscriptionDocument,
  parameters: Parameters,
  target: Omit<DiscountTarget, 'subscription'>,
): SubscriptionDocument {
  if (!parameters.has('discounts')) return subscription;
  const { account, refuse } = request;
  const given = parameters.nestedList('discounts');
  if (given.length > MAX_DISCOUNTS) {
    throw refuse(`You can apply at most ${MAX_DISCOUNTS} discounts.`, { param: 'discounts' });
  }
  const entries = given.map((entry) => readEntry(request, subscription, entry));
  checkUnique(entries, request);
  for (const entry of entries) if (!entry.kept) checkDiscount(entry, { ...target, subscription }, refuse);
  const discounts = entries.map((entry) => (entry.kept ? entry.kept.id : applied(request, subscription, entry)));
  for (const id of subscription.discounts) if (!discounts.includes(id)) takeOff(request, id);
  const changed = { ...subscription, discounts };
  account.subscriptions.put(changed);
  return changed;
}

/** Takes a discount off its subscription. The counters do not change. */
export function takeOff({ account }: StripeRequest, discountId: string): void {
  const discount = account.discount(discountId);
  if (discount !== undefined) account.putDiscount({ ...discount, isDeleted: true });
}

function readEntry(request: StripeRequest, subscription: SubscriptionDocument, entry: Parameters): Entry {
  const { account, refuse } = request;
  const names = (['coupon', 'discount', 'promotion_code'] as const).filter((name) => entry.text(name) !== null);
  const [name] = names;
  if (name === undefined || names.length > 1) {
    throw refuse('Each discount must have exactly one of these parameters: coupon, discount, promotion_code.', {
      param: 'discounts',
    });
  }
  const id = entry.requiredText(name);
  const param = entry.fullName(name);
  const missing = noSuch(refuse, name.replace('_', ' '), id, { status: 400, param, isExecuted: true });
  switch (name) {
    case 'coupon': {
      const coupon = account.coupon(id);
      if (coupon === undefined) throw missing;
      return { coupon, param };
    }
    case 'promotion_code': {
      const promotionCode = account.promotionCode(id);
      if (promotionCode === undefined) throw missing;
      return { coupon: account.couponOf(promotionCode), promotionCode, param };
    }
    case 'discount': {
      const kept = subscription.discounts.includes(id) ? account.discount(id) : undefined;
      if (kept === undefined) throw missing;
      return { kept, coupon: account.couponOf(kept), param };
    }
  }
}

function checkUnique(entries: Entry[], { refuse }: StripeRequest): void {
  const repeated = entries.find(({ coupon }, position) =>
    entries.slice(0, position).some((other) => other.coupon.id === coupon.id),
  );
  if (repeated === undefined) return;
  throw refuse(`The coupon ${repeated.coupon.id} may only be applied once.`, {
    param: repeated.param,
    isExecuted: true,
  });
}

/** Applies a coupon, and counts the use of it and of its code. Returns the id of the new discount. */
function applied(
  { account, now }: StripeRequest,
  { id: subscription, customer }: SubscriptionDocument,
  { coupon, promotionCode }: Extract<Entry, { kept?: undefined }>,
): string {
  const start = Math.floor(now / 1000);
  const id = `di_1${randomText(ALPHANUMERIC, 23)}`;
  countUses(account, { coupon, promotionCode });
  account.putDiscount({
    account: account.id,
    id,
    created: start,
    coupon: coupon.id,
    promotion_code: promotionCode?.id ?? null,
    customer,
    subscription,
    start,
    end: coupon.duration_in_months === null ? null : monthsAfter(start, coupon.duration_in_months),
    isDeleted: false,
  });
  return id;
}

function monthsAfter(seconds: number, months: number): number {
  const date = new Date(seconds * 1000);
  return Math.floor(date.setUTCMonth(date.getUTCMonth() + months) / 1000);
}
