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

export const listAnswer = z.object({
  data: z.array(z.unknown()),
  has_more: z.boolean(),
  next_cursor: z.string().nullish(),
});

/** Its id, or whole where Stripe was asked to expand it. */
const customer = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]);

/**
 * Every field is optional in the document; one that is left out says nothing. Null has Stripe's meaning. Without an id it
 * is not known to be a coupon at all.
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
  /** Of a coupon whose discount is a script of Stripe's. */
  script: z.unknown().optional(),
  /** Stripe answers it only where it was asked to; null or absent alike where a coupon is for any product. */
  applies_to: z.object({ products: z.array(z.string()) }).nullish(),
});
type CouponAnswer = z.infer<typeof couponAnswer>;

const promoCodeAnswer = z.object({
  id: z.string().min(1),
  code: optional(z.string().min(1)),
  active: optional(z.boolean()),
  /** Whole, or its id alone. */
  coupon: z.unknown().optional(),
  /** Where the coupon stands since Stripe's version 2025-09-30. */
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

export function toCouponWire({ name, discount, duration, maxRedemptions, expiresAt }: NewCoupon) {
  return {
    name,
    ...toDiscountWire(discount),
    ...toDurationWire(duration),
    max_redemptions: maxRedemptions,
    redeem_by: whenSet(expiresAt, toUnixSeconds),
  };
}

export function toPromoCodeWire({ code, terms, ...conditions }: NewPromoCode) {
  if (!('couponId' in terms)) throw new TypeError('a promotion code at ChatDash has its terms from a coupon');
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

/** @throws ZodError or RangeError for a coupon that cannot be expressed here */
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
 * @param couponId the coupon that was asked about: the code's, where the answer names none
 * @throws ZodError or RangeError for a promotion code that cannot be expressed here
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
      // The documented example answers a restriction that was sent with null, so null says nothing; false does.
      firstTransactionOnly: answer.restrictions?.first_time_transaction ?? undefined,
      minimumOrder: toMinimumOrder(answer.restrictions),
    },
    coupon,
  );
}

/** A promotion code with the terms of its coupon, where they are known. */
export function withCoupon(code: ProviderPromoCode, coupon: ProviderCoupon | CouponReference): ProviderPromoCode {
  if (coupon.kind === 'CouponReference') return { ...code, coupon };
  const { discount, duration } = coupon;
  return { ...code, coupon, discount, duration };
}

/** The shape before September 2025 has the coupon at the top, the newer one under `promotion`; either whole or by its id. */
function toCouponOf({ coupon, promotion }: PromoCodeAnswer, couponId: string): ProviderCoupon | CouponReference {
  if (promotion?.type && promotion.type !== 'coupon') throw new RangeError(`a promotion of type ${promotion.type}`);
  const told = coupon ?? promotion?.coupon ?? couponId;
  return typeof told === 'string' ? { kind: 'CouponReference', providerId: told } : toCoupon(told);
}

/**
 * The documented example of a percentage names a currency: only the amount tells a fixed discount. A coupon that has
 * neither leaves it to a script of Stripe's.
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
 * Stripe switches a coupon or code off when its date has passed or its limit is reached. Nobody else did, so date and
 * limit speak for themselves.
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
