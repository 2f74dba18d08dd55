import { z } from 'zod';
import type { Money } from '../../domain/money/money.ts';
import { canonicalPercentage } from '../../domain/money/percentage.ts';
import type { Discount, Duration, StatedDiscount } from '../../domain/promotion/promotion.ts';
import type {
  CouponReference,
  NewCoupon,
  NewPromoCode,
  ProviderCoupon,
  ProviderPromoCode,
} from '../../domain/provider/provider.ts';
import { optional, toUnixSeconds, unixSeconds, whenSet } from '../client/wire-values.ts';
import { fromStripeAmount, toStripeAmount } from './stripe-money.ts';

/** One page of a list. */
export const listAnswer = z.object({
  data: z.array(z.unknown()),
  has_more: z.boolean(),
  next_cursor: z.string().nullish(),
});

/** The customer's id, or the whole object if it was expanded. */
const customer = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]);

/**
 * In the reference every field is optional. A missing field is unknown; null has Stripe's meaning. Only the id is required
 * here, because an object without one may not be a coupon.
 */
const couponAnswer = z.object({
  id: z.string().min(1),
  name: z.string().nullish(),
  percent_off: z.number().nullish(),
  amount_off: z.int().nullish(),
  currency: z.string().nullish(),
  duration: optional(z.enum(['once', 'repeating', 'forever'])),
  duration_in_months: z.int().nullish(),
  max_redemptions: z.int().nullish(),
  redeem_by: unixSeconds.nullish(),
  times_redeemed: optional(z.int()),
  valid: optional(z.boolean()),
  created: optional(unixSeconds),
  /** Set on a coupon whose discount a Stripe script computes. */
  script: z.unknown().optional(),
  /** Stripe returns it only on request. Null or absent: the coupon is for any product. */
  applies_to: z.object({ products: z.array(z.string()) }).nullish(),
});
type CouponAnswer = z.infer<typeof couponAnswer>;

const promoCodeAnswer = z.object({
  id: z.string().min(1),
  code: optional(z.string().min(1)),
  active: optional(z.boolean()),
  /** The whole coupon, or only its id. */
  coupon: z.unknown().optional(),
  /** Contains the coupon since Stripe's API version 2025-09-30. */
  promotion: z.object({ type: z.string().nullish(), coupon: z.unknown().optional() }).nullish(),
  customer: customer.nullish(),
  max_redemptions: z.int().nullish(),
  expires_at: unixSeconds.nullish(),
  restrictions: z
    .object({
      first_time_transaction: z.boolean().nullish(),
      minimum_amount: z.int().nullish(),
      minimum_amount_currency: z.string().nullish(),
    })
    .nullish(),
  times_redeemed: optional(z.int()),
  created: optional(unixSeconds),
});
type PromoCodeAnswer = z.infer<typeof promoCodeAnswer>;
type Restrictions = PromoCodeAnswer['restrictions'];

/** The body that creates a coupon. */
export function toCouponWire({ name, discount, duration, maxRedemptions, expiresAt }: NewCoupon) {
  return {
    name,
    ...toDiscountWire(discount),
    ...toDurationWire(duration),
    max_redemptions: maxRedemptions,
    redeem_by: whenSet(expiresAt, toUnixSeconds),
  };
}

/**
 * The body that creates a promotion code.
 * @throws {TypeError} for terms other than a coupon's
 */
export function toPromoCodeWire({ code, terms, ...conditions }: NewPromoCode) {
  if (!('couponId' in terms)) throw new TypeError('a promotion code at ChatDash needs a coupon');
  return {
    coupon: terms.couponId,
    code,
    customer: conditions.customerId,
    max_redemptions: conditions.maxRedemptions,
    expires_at: whenSet(conditions.expiresAt, toUnixSeconds),
    restrictions: toRestrictionsWire(conditions),
  };
}

function toDiscountWire(discount: StatedDiscount) {
  if (discount.kind === 'PERCENTAGE') return { percent_off: Number(discount.percentage) };
  return { amount_off: toStripeAmount(discount.amount), currency: discount.amount.currency.toLowerCase() };
}

function toDurationWire(duration: Duration) {
  if (duration.kind === 'REPEATING') return { duration: 'repeating', duration_in_months: duration.count };
  return { duration: duration.kind === 'ONCE' ? 'once' : 'forever' };
}

function toRestrictionsWire({ firstTransactionOnly, minimumOrder }: Partial<NewPromoCode>) {
  if (!firstTransactionOnly && minimumOrder === undefined) return undefined;
  return {
    first_time_transaction: firstTransactionOnly || undefined,
    minimum_amount: whenSet(minimumOrder, toStripeAmount),
    minimum_amount_currency: minimumOrder?.currency.toLowerCase(),
  };
}

/**
 * Reads a coupon.
 * @throws {ZodError | RangeError} if the gateway cannot express it
 */
export function toCoupon(body: unknown): ProviderCoupon {
  const answer = couponAnswer.parse(body);
  return {
    kind: 'Coupon',
    providerId: answer.id,
    name: answer.name,
    discount: toDiscount(answer),
    duration: toDuration(answer),
    active: answer.valid === undefined ? undefined : answer.valid || isSpent(answer.redeem_by, answer),
    maxRedemptions: answer.max_redemptions,
    redeemedCount: answer.times_redeemed,
    startsAt: null,
    expiresAt: answer.redeem_by,
    createdAt: answer.created,
    metadata: undefined,
    productIds: answer.applies_to === null ? null : answer.applies_to?.products,
  };
}

/**
 * Reads a promotion code.
 * @param couponId the coupon of the request: used if the answer names no coupon
 * @throws {ZodError | RangeError} if the gateway cannot express it
 */
export function toPromoCode(body: unknown, couponId: string): ProviderPromoCode {
  const answer = promoCodeAnswer.parse(body);
  const coupon = toCouponOf(answer, couponId);
  const isSpentHere = isSpent(answer.expires_at, answer) || (coupon.kind === 'Coupon' && isCouponSpent(coupon));
  return withCoupon(
    {
      kind: 'PromoCode',
      providerId: answer.id,
      code: answer.code,
      coupon,
      discount: undefined,
      duration: undefined,
      active: answer.active === undefined ? undefined : answer.active || isSpentHere,
      maxRedemptions: answer.max_redemptions,
      redeemedCount: answer.times_redeemed,
      startsAt: null,
      expiresAt: answer.expires_at,
      createdAt: answer.created,
      metadata: undefined,
      customerId: answer.customer,
      planId: null,
      // In the documented example a restriction that was sent comes back as null. So null means unknown; false means false.
      firstTransactionOnly: answer.restrictions?.first_time_transaction ?? undefined,
      minimumOrder: toMinimumOrder(answer.restrictions),
    },
    coupon,
  );
}

/** Gives a promotion code its coupon, and the coupon's terms if they are known. */
export function withCoupon(code: ProviderPromoCode, coupon: ProviderCoupon | CouponReference): ProviderPromoCode {
  if (coupon.kind === 'CouponReference') return { ...code, coupon };
  const { discount, duration } = coupon;
  return { ...code, coupon, discount, duration };
}

/** Older Stripe versions send `coupon`, newer ones (since 2025-09-30) `promotion.coupon`; either the whole coupon or its id. */
function toCouponOf({ coupon, promotion }: PromoCodeAnswer, couponId: string): ProviderCoupon | CouponReference {
  if (promotion?.type && promotion.type !== 'coupon') throw new RangeError(`a promotion of type ${promotion.type}`);
  const found = coupon ?? promotion?.coupon ?? couponId;
  return typeof found === 'string' ? { kind: 'CouponReference', providerId: found } : toCoupon(found);
}

/**
 * The documented example of a percentage has a currency, so only `amount_off` shows a fixed discount. A coupon with neither
 * percentage nor amount has a Stripe script that computes the discount.
 */
function toDiscount({ percent_off, amount_off, currency, script }: CouponAnswer): Discount | undefined {
  if (typeof percent_off === 'number') return { kind: 'PERCENTAGE', percentage: canonicalPercentage(percent_off) };
  if (typeof amount_off === 'number') {
    if (currency === undefined) return undefined;
    if (!currency) throw new RangeError('an amount without a currency');
    return { kind: 'FIXED', amount: fromStripeAmount(amount_off, currency) };
  }
  const isScript = (script ?? null) !== null || (percent_off === null && amount_off === null);
  return isScript ? { kind: 'PROVIDER_DEFINED' } : undefined;
}

function toDuration({ duration, duration_in_months }: CouponAnswer): Duration | undefined {
  if (duration === undefined) return undefined;
  if (duration === 'repeating') return { kind: 'REPEATING', count: duration_in_months ?? null, unit: 'MONTH' };
  return { kind: duration === 'once' ? 'ONCE' : 'FOREVER' };
}

function toMinimumOrder(restrictions: Restrictions): Money | undefined {
  const { minimum_amount: amount, minimum_amount_currency: currency } = restrictions ?? {};
  return typeof amount === 'number' && currency ? fromStripeAmount(amount, currency) : undefined;
}

/**
 * True if a coupon or code is expired or used up. Stripe then shows it as inactive, although nobody deactivated it. The gateway
 * reports it as active, and expiry and limit separately.
 */
function isSpent(
  until: number | null | undefined,
  { max_redemptions, times_redeemed }: Pick<CouponAnswer, 'max_redemptions' | 'times_redeemed'>,
): boolean {
  const isUsedUp =
    typeof max_redemptions === 'number' && times_redeemed !== undefined && times_redeemed >= max_redemptions;
  return isUsedUp || (typeof until === 'number' && until <= Date.now());
}

function isCouponSpent({ expiresAt, maxRedemptions, redeemedCount }: ProviderCoupon): boolean {
  return isSpent(expiresAt, { max_redemptions: maxRedemptions, times_redeemed: redeemedCount });
}
