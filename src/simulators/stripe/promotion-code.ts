import { z } from 'zod';
import { COUPON_EXPANDABLE, type CouponDocument, shownCoupon } from './coupon.ts';
import { CurrencyOptions } from './currency-options.ts';
import { type Expansion, expansionOf, isExpanded, pathsThrough } from './requests/expansion.ts';
import type { StripeVersion } from './requests/stripe-version.ts';

/** A promotion code of a Stripe account, with Stripe's field names. `coupon` is the id of its coupon. */
export const PromotionCodeDocument = z.object({
  account: z.string(),
  id: z.string(),
  /** Whether it is switched on. */
  active: z.boolean(),
  /** Whether it became expired, used up or without a valid coupon. This is permanent. */
  isEnded: z.boolean().default(false),
  code: z.string(),
  coupon: z.string(),
  created: z.int(),
  customer: z.string().nullable(),
  customer_account: z.string().nullable().default(null),
  expires_at: z.int().nullable(),
  max_redemptions: z.int().nullable(),
  metadata: z.record(z.string(), z.string()).default({}),
  restrictions: z.object({
    currency_options: CurrencyOptions.default({}),
    first_time_transaction: z.boolean(),
    minimum_amount: z.int().nullable(),
    minimum_amount_currency: z.string().nullable(),
  }),
  times_redeemed: z.int(),
});
export type PromotionCodeDocument = z.infer<typeof PromotionCodeDocument>;

/** What a request can expand in a promotion code. */
export function promotionCodeExpandable({ hasPromotions }: StripeVersion): Expansion {
  const ofCoupon = hasPromotions ? ['promotion.coupon'] : [];
  const inCoupon = pathsThrough(hasPromotions ? 'promotion.coupon' : 'coupon', COUPON_EXPANDABLE);
  return ['customer', ...ofCoupon, ...inCoupon, 'restrictions.currency_options'];
}

/**
 * The code as Stripe returns it. Versions before 2025-09-30.clover contain the whole coupon, later ones its id.
 * @param shown `coupon`: undefined if it was deleted
 */
export function shownPromotionCode(
  promotionCode: PromotionCodeDocument,
  shown: { coupon: CouponDocument; version: StripeVersion; now: number; isLive: boolean; expansion?: Expansion },
): Record<string, unknown> {
  const { account: _, isEnded, coupon: couponId, restrictions, ...rest } = promotionCode;
  const { coupon, version, expansion = [], ...context } = shown;
  const whole = (property: string) => shownCoupon(coupon, { ...context, expansion: expansionOf(expansion, property) });
  const { currency_options, ...ownRestrictions } = restrictions;
  const shownOptions = isExpanded(expansion, 'restrictions.currency_options') && {
    currency_options: minimumsByCurrency(restrictions),
  };
  return {
    object: 'promotion_code',
    ...rest,
    active: rest.active && !isEnded,
    livemode: context.isLive,
    ...(version.hasPromotions
      ? {
          promotion: {
            coupon: isExpanded(expansion, 'promotion.coupon') ? whole('promotion.coupon') : couponId,
            type: 'coupon',
          },
        }
      : { coupon: whole('coupon') }),
    restrictions: { ...shownOptions, ...ownRestrictions },
  };
}

function minimumsByCurrency({
  currency_options,
  minimum_amount,
  minimum_amount_currency,
}: PromotionCodeDocument['restrictions']): Record<string, { minimum_amount: number | null }> {
  const own = minimum_amount_currency === null ? [] : [[minimum_amount_currency, minimum_amount] as const];
  const all = [...own, ...Object.entries(currency_options)];
  return Object.fromEntries(all.map(([currency, amount]) => [currency, { minimum_amount: amount }]));
}

/** Two active codes may have the same text only if they are for two different customers. */
export function areInConflict(a: PromotionCodeDocument, b: PromotionCodeDocument): boolean {
  if (a.code.toLowerCase() !== b.code.toLowerCase()) return false;
  const [one, other] = [a, b].map(({ customer, customer_account }) => customer ?? customer_account);
  return one === null || other === null || one === other;
}
