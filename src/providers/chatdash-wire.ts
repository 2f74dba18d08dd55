import { z } from 'zod';
import type { Money } from '../promo/money.ts';
import { canonicalPercentage } from '../promo/percentage.ts';
import type { Discount, Duration } from '../promo/promotion.ts';
import type { NewCoupon, NewPromoCode, ProviderCoupon, ProviderPromoCode } from '../promo/provider.ts';
import type { ErrorReading } from './failure.ts';
import { fromStripeAmount, toStripeAmount } from './stripe-money.ts';
import { type JsonObject, toUnixSeconds, unixSeconds, whenSet } from './wire.ts';

export const listAnswer = z.object({
  data: z.array(z.unknown()),
  has_more: z.boolean(),
  next_cursor: z.string().nullish(),
});

const couponAnswer = z.object({
  id: z.string().min(1),
  name: z.string().nullish(),
  percent_off: z.number().nullish(),
  amount_off: z.int().nullish(),
  currency: z.string().nullish(),
  duration: z.enum(['once', 'repeating', 'forever']),
  duration_in_months: z.int().nullish(),
  max_redemptions: z.int().nullish(),
  redeem_by: unixSeconds.nullish(),
  times_redeemed: z.int(),
  valid: z.boolean(),
  created: unixSeconds,
});
type CouponAnswer = z.infer<typeof couponAnswer>;

const promoCodeAnswer = z.object({
  id: z.string().min(1),
  code: z.string().min(1),
  active: z.boolean(),
  coupon: z.unknown(),
  customer: z.string().nullish(),
  max_redemptions: z.int().nullish(),
  expires_at: unixSeconds.nullish(),
  restrictions: z
    .object({
      first_time_transaction: z.boolean().nullish(),
      minimum_amount: z.int().nullish(),
      minimum_amount_currency: z.string().nullish(),
    })
    .nullish(),
  times_redeemed: z.int(),
  created: unixSeconds,
});
type Restrictions = z.infer<typeof promoCodeAnswer>['restrictions'];

const errorText = z.object({ error: z.union([z.string(), z.object({ message: z.string() })]) });

/** Stripe's own refusals, which ChatDash passes on as text with a 400 or a 500. */
const REFUSALS: ReadonlyArray<readonly [text: RegExp, reason?: ErrorReading['reason']]> = [
  [/an active promotion code with `?code: .* already exists/i, 'CODE_TAKEN'],
  [/^no such (coupon|promotion code):/i, 'NOT_FOUND'],
  [/^(no such customer:|this value must |the parameter |invalid |missing required |received unknown |you must pass )/i],
];

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

function toDiscountWire(discount: Discount) {
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
    name: answer.name ?? null,
    discount: toDiscount(answer),
    duration: toDuration(answer),
    active: answer.valid || isSpent(answer.redeem_by, answer),
    maxRedemptions: answer.max_redemptions ?? null,
    redeemedCount: answer.times_redeemed,
    startsAt: null,
    expiresAt: answer.redeem_by ?? null,
    createdAt: answer.created,
    metadata: undefined,
  };
}

/** @throws ZodError or RangeError for a promotion code that cannot be expressed here */
export function toPromoCode(body: unknown): ProviderPromoCode {
  const answer = promoCodeAnswer.parse(body);
  const coupon = toCoupon(answer.coupon);
  return {
    kind: 'PromoCode',
    providerId: answer.id,
    code: answer.code,
    coupon,
    discount: coupon.discount,
    duration: coupon.duration,
    active: answer.active || isSpent(answer.expires_at, answer) || isCouponSpent(coupon),
    maxRedemptions: answer.max_redemptions ?? null,
    redeemedCount: answer.times_redeemed,
    startsAt: null,
    expiresAt: answer.expires_at ?? null,
    createdAt: answer.created,
    metadata: undefined,
    customerId: answer.customer ?? null,
    planId: null,
    // The documented example answers a restriction that was sent with null, so null says nothing; false does.
    firstTransactionOnly: answer.restrictions?.first_time_transaction ?? undefined,
    minimumOrder: toMinimumOrder(answer.restrictions),
  };
}

/** The promotion code as created, with the restrictions that were sent where the answer is silent on them. */
export function withUntold(created: ProviderPromoCode, sent: NewPromoCode): ProviderPromoCode {
  return {
    ...created,
    firstTransactionOnly: created.firstTransactionOnly ?? sent.firstTransactionOnly ?? false,
    minimumOrder: created.minimumOrder ?? sent.minimumOrder ?? null,
  };
}

/** The documented example of a percentage names a currency: only the amount tells a fixed discount. */
function toDiscount({ percent_off, amount_off, currency }: CouponAnswer): Discount {
  if (typeof percent_off === 'number') return { kind: 'PERCENTAGE', percentage: canonicalPercentage(percent_off) };
  if (typeof amount_off !== 'number' || !currency) throw new RangeError('neither a percentage nor an amount');
  return { kind: 'FIXED', amount: fromStripeAmount(amount_off, currency) };
}

function toDuration({ duration, duration_in_months }: CouponAnswer): Duration {
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
  const isUsedUp = typeof max_redemptions === 'number' && times_redeemed >= max_redemptions;
  return isUsedUp || (typeof until === 'number' && until <= Date.now());
}

function isCouponSpent({ expiresAt, maxRedemptions, redeemedCount = 0 }: ProviderCoupon): boolean {
  return isSpent(expiresAt, { max_redemptions: maxRedemptions, times_redeemed: redeemedCount });
}

export function readError(body: JsonObject): ErrorReading {
  const parsed = errorText.safeParse(body);
  if (!parsed.success) return {};
  const { error } = parsed.data;
  const message = typeof error === 'string' ? error : error.message;
  const refusal = REFUSALS.find(([text]) => text.test(message));
  return { message, reason: refusal?.[1], refused: refusal !== undefined };
}
