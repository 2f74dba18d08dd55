import { z } from 'zod';
import { canonicalPercentage } from '../../domain/money/percentage.ts';
import type { Discount, Duration, Metadata, StatedDiscount } from '../../domain/promotion/promotion.ts';
import { textMap } from '../../domain/promotion/text-map.ts';
import type { NewCoupon, ProviderCoupon } from '../../domain/provider/provider.ts';
import { INTENT_MARK, ownMetadata } from '../client/marks.ts';
import { optional, toUnixSeconds, unixSeconds, whenSet } from '../client/wire-values.ts';
import { currencyOptionsAnswer, toOptions, toOptionsWire } from './stripe-currency-options.ts';
import { fromStripeAmount, toStripeAmount } from './stripe-money.ts';

/** What the fields of an answer mean. This differs between Stripe and APIs that forward its objects. */
export interface AnswerMeaning {
  /** The metadata is that of the gateway and its clients. Otherwise the gateway ignores it. */
  hasMetadata: boolean;
  /** A restriction that is null does not exist. Otherwise it is unknown. */
  isNullNone: boolean;
}

/**
 * A missing field is unknown; null has Stripe's meaning. Only the id is required here, because an object without one may not be a
 * coupon.
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
  metadata: metadataAnswer(),
  /** Set on a coupon that does not exist any more. */
  deleted: optional(z.boolean()),
  /** Set on a coupon whose discount a Stripe script computes. */
  script: z.unknown().optional(),
  /** Stripe returns it only on request. Null or absent: the coupon is for any product. */
  applies_to: z.object({ products: z.array(z.string()) }).nullish(),
  /** Stripe returns it only on request. */
  currency_options: currencyOptionsAnswer('amount_off'),
});
type CouponAnswer = z.infer<typeof couponAnswer>;

/** Metadata of an answer; undefined if it is not readable. */
export function metadataAnswer() {
  return textMap.nullish().catch(undefined);
}

/** The fields that create a coupon, without metadata. */
export function toCouponWire({ name, discount, duration, maxRedemptions, expiresAt }: NewCoupon) {
  return {
    name,
    ...toDiscountWire(discount),
    ...toDurationWire(duration),
    max_redemptions: maxRedemptions,
    redeem_by: whenSet(expiresAt, toUnixSeconds),
  };
}

function toDiscountWire(discount: StatedDiscount) {
  if (discount.kind === 'PERCENTAGE') return { percent_off: Number(discount.percentage) };
  const { amount, currencyOptions } = discount;
  return {
    amount_off: toStripeAmount(amount),
    currency: amount.currency.toLowerCase(),
    currency_options: toOptionsWire('amount_off', currencyOptions),
  };
}

function toDurationWire(duration: Duration) {
  if (duration.kind === 'REPEATING') return { duration: 'repeating', duration_in_months: duration.count };
  return { duration: duration.kind === 'ONCE' ? 'once' : 'forever' };
}

/**
 * Reads a coupon.
 * @throws {ZodError | RangeError} if the gateway cannot express it
 */
export function toCoupon(body: unknown, meaning: AnswerMeaning): ProviderCoupon {
  const answer = couponAnswer.parse(body);
  return {
    kind: 'Coupon',
    providerId: answer.id,
    name: answer.name,
    discount: answer.deleted ? undefined : toDiscount(answer),
    duration: toDuration(answer),
    active: isActive(answer),
    maxRedemptions: answer.max_redemptions,
    redeemedCount: answer.times_redeemed,
    startsAt: null,
    expiresAt: answer.redeem_by,
    createdAt: answer.created,
    ...metadataFacts(answer.metadata, meaning),
    productIds: answer.applies_to === null ? null : answer.applies_to?.products,
  };
}

/** The clients' metadata, and the write that the mark in it names. */
export function metadataFacts(
  metadata: Metadata | null | undefined,
  { hasMetadata }: AnswerMeaning,
): Pick<ProviderCoupon, 'metadata' | 'intentId'> {
  if (!hasMetadata) return { metadata: undefined };
  if (metadata === undefined) return { metadata: undefined, intentId: null };
  const own = ownMetadata(metadata ?? {});
  return { metadata: Object.keys(own).length > 0 ? own : null, intentId: metadata?.[INTENT_MARK] ?? null };
}

function isActive({ deleted, valid, redeem_by, ...counts }: CouponAnswer): boolean | undefined {
  if (deleted) return false;
  return valid === undefined ? undefined : valid || isSpent(redeem_by, counts);
}

/**
 * The documented example of a percentage has a currency, so only `amount_off` shows a fixed discount. A coupon with neither
 * percentage nor amount has a Stripe script that computes the discount.
 */
function toDiscount({
  percent_off,
  amount_off,
  currency,
  currency_options,
  script,
}: CouponAnswer): Discount | undefined {
  if (typeof percent_off === 'number') return { kind: 'PERCENTAGE', percentage: canonicalPercentage(percent_off) };
  if (typeof amount_off === 'number') {
    if (currency === undefined) return undefined;
    if (!currency) throw new RangeError('an amount without a currency');
    const currencyOptions = toOptions(currency_options, currency);
    return {
      kind: 'FIXED',
      amount: fromStripeAmount(amount_off, currency),
      ...(currencyOptions && { currencyOptions }),
    };
  }
  const isScript = (script ?? null) !== null || (percent_off === null && amount_off === null);
  return isScript ? { kind: 'PROVIDER_DEFINED' } : undefined;
}

function toDuration({ duration, duration_in_months }: CouponAnswer): Duration | undefined {
  if (duration === undefined) return undefined;
  if (duration === 'repeating') return { kind: 'REPEATING', count: duration_in_months ?? null, unit: 'MONTH' };
  return { kind: duration === 'once' ? 'ONCE' : 'FOREVER' };
}

/**
 * True if a coupon or code is expired or used up. Stripe then shows it as inactive, although nobody deactivated it. The gateway
 * reports it as active, and expiry and limit separately.
 */
export function isSpent(
  until: number | null | undefined,
  { max_redemptions, times_redeemed }: Pick<CouponAnswer, 'max_redemptions' | 'times_redeemed'>,
): boolean {
  const isUsedUp =
    typeof max_redemptions === 'number' && times_redeemed !== undefined && times_redeemed >= max_redemptions;
  return isUsedUp || (typeof until === 'number' && until <= Date.now());
}
