import { z } from 'zod';
import type { Money } from '../../domain/money/money.ts';
import type {
  CouponReference,
  NewPromoCode,
  ProviderCoupon,
  ProviderPromoCode,
} from '../../domain/provider/provider.ts';
import { optional, toUnixSeconds, unixSeconds, whenSet } from '../client/wire-values.ts';
import { type AnswerMeaning, isSpent, metadataAnswer, metadataFacts, toCoupon } from './stripe-coupon.ts';
import { currencyOptionsAnswer, toOptions, toOptionsWire } from './stripe-currency-options.ts';
import { fromStripeAmount, toStripeAmount } from './stripe-money.ts';

/** The id of an object, or the whole object if it was expanded. */
export const idOrObject = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]);

const promoCodeAnswer = z.object({
  id: z.string().min(1),
  code: optional(z.string().min(1)),
  active: optional(z.boolean()),
  /** The whole coupon, or only its id. */
  coupon: z.unknown().optional(),
  /** Contains the coupon since Stripe's API version 2025-09-30. */
  promotion: z.object({ type: z.string().nullish(), coupon: z.unknown().optional() }).nullish(),
  customer: idOrObject.nullish(),
  /** Set instead of `customer` on a code for a customer that is an account of Stripe. */
  customer_account: idOrObject.nullish(),
  max_redemptions: z.int().nullish(),
  expires_at: unixSeconds.nullish(),
  restrictions: z
    .object({
      first_time_transaction: z.boolean().nullish(),
      minimum_amount: z.int().nullish(),
      minimum_amount_currency: z.string().nullish(),
      /** Stripe returns it only on request. */
      currency_options: currencyOptionsAnswer('minimum_amount'),
    })
    .nullish(),
  times_redeemed: optional(z.int()),
  created: optional(unixSeconds),
  metadata: metadataAnswer(),
});
type PromoCodeAnswer = z.infer<typeof promoCodeAnswer>;
type Restrictions = PromoCodeAnswer['restrictions'];

/** The fields that create a promotion code, without its coupon and metadata. */
export function toPromoCodeConditions({ code, customerId, maxRedemptions, expiresAt, ...restrictions }: NewPromoCode) {
  return {
    code,
    customer: customerId,
    max_redemptions: maxRedemptions,
    expires_at: whenSet(expiresAt, toUnixSeconds),
    restrictions: toRestrictionsWire(restrictions),
  };
}

function toRestrictionsWire({ firstTransactionOnly, minimumOrder, minimumOrderOptions }: Partial<NewPromoCode>) {
  if (!firstTransactionOnly && minimumOrder === undefined) return undefined;
  return {
    first_time_transaction: firstTransactionOnly || undefined,
    minimum_amount: whenSet(minimumOrder, toStripeAmount),
    minimum_amount_currency: minimumOrder?.currency.toLowerCase(),
    currency_options: toOptionsWire('minimum_amount', minimumOrderOptions),
  };
}

/**
 * Reads a promotion code.
 * @param couponId used if the answer names no coupon
 * @throws {ZodError | RangeError} if the gateway cannot express it
 */
export function toPromoCode(body: unknown, meaning: AnswerMeaning, couponId?: string): ProviderPromoCode {
  const answer = promoCodeAnswer.parse(body);
  const coupon = toCouponOf(answer, meaning, couponId);
  const isSpentHere = isSpent(answer.expires_at, answer) || (coupon?.kind === 'Coupon' && isCouponSpent(coupon));
  const { currency_options, minimum_amount_currency } = answer.restrictions ?? {};
  const minimumOrderOptions = toOptions(currency_options, minimum_amount_currency);
  const code: ProviderPromoCode = {
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
    ...metadataFacts(answer.metadata, meaning),
    customerId: answer.customer ?? answer.customer_account ?? answer.customer,
    planId: null,
    firstTransactionOnly: toFirstTransactionOnly(answer.restrictions, meaning),
    minimumOrder: toMinimumOrder(answer.restrictions, meaning),
    ...(minimumOrderOptions && { minimumOrderOptions }),
  };
  return coupon === null ? code : withCoupon(code, coupon);
}

/** Gives a promotion code its coupon, and the coupon's terms if they are known. */
export function withCoupon(code: ProviderPromoCode, coupon: ProviderCoupon | CouponReference): ProviderPromoCode {
  if (coupon.kind === 'CouponReference') return { ...code, coupon };
  const { discount, duration } = coupon;
  return { ...code, coupon, discount, duration };
}

/**
 * Older Stripe versions send `coupon`, newer ones (since 2025-09-30) `promotion.coupon`; either the whole coupon or its id.
 * Null: the coupon was deleted, and the answer does not name it.
 */
function toCouponOf(
  { coupon, promotion }: PromoCodeAnswer,
  meaning: AnswerMeaning,
  couponId: string | undefined,
): ProviderCoupon | CouponReference | null {
  if (promotion?.type && promotion.type !== 'coupon') throw new RangeError(`a promotion of type ${promotion.type}`);
  const found = coupon ?? promotion?.coupon ?? couponId;
  if (typeof found === 'string') return { kind: 'CouponReference', providerId: found };
  if (found !== undefined) return toCoupon(found, meaning);
  if (promotion?.coupon === null) return null;
  throw new RangeError('a promotion code without a coupon');
}

function toFirstTransactionOnly(restrictions: Restrictions, { isNullNone }: AnswerMeaning): boolean | undefined {
  const shown = restrictions === null ? null : restrictions?.first_time_transaction;
  return shown ?? (shown === null && isNullNone ? false : undefined);
}

function toMinimumOrder(restrictions: Restrictions, { isNullNone }: AnswerMeaning): Money | null | undefined {
  const amount = restrictions === null ? null : restrictions?.minimum_amount;
  const currency = restrictions?.minimum_amount_currency;
  if (typeof amount === 'number' && currency) return fromStripeAmount(amount, currency);
  return amount === null && isNullNone ? null : undefined;
}

function isCouponSpent({ expiresAt, maxRedemptions, redeemedCount }: ProviderCoupon): boolean {
  return isSpent(expiresAt, { max_redemptions: maxRedemptions, times_redeemed: redeemedCount });
}
