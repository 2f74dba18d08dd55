import { z } from 'zod';
import { randomText } from '../server/ulid.ts';
import { ALPHANUMERIC, type CouponDocument, shownCoupon } from './coupon.ts';
import type { StripeRefuse } from './errors.ts';
import type { Parameters } from './parameters.ts';
import type { ChatdashSwitches } from './switches.ts';

/** A promotion code of a Stripe account, with Stripe's field names. `coupon` is the id of its coupon. */
export const PromotionCodeDocument = z.object({
  account: z.string(),
  id: z.string(),
  active: z.boolean(),
  code: z.string(),
  coupon: z.string(),
  created: z.int(),
  customer: z.string().nullable(),
  expires_at: z.int().nullable(),
  max_redemptions: z.int().nullable(),
  restrictions: z.object({
    first_time_transaction: z.boolean(),
    minimum_amount: z.int().nullable(),
    minimum_amount_currency: z.string().nullable(),
  }),
  times_redeemed: z.int(),
});
export type PromotionCodeDocument = z.infer<typeof PromotionCodeDocument>;

const GENERATED_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const MAX_CODE_LENGTH = 500;

/** The code as Stripe returns it: in the shape before API version 2025-09-30, as in ChatDash's reference, or in the newer one. */
export function shownPromotionCode(
  { account: _, id, coupon: couponId, ...promotionCode }: PromotionCodeDocument,
  { coupon, switches, now }: { coupon: CouponDocument; switches: ChatdashSwitches; now: number },
): Record<string, unknown> {
  const { couponOfCode } = switches;
  const shown = couponOfCode === 'promotion-id' ? couponId : shownCoupon(coupon, now);
  const { restrictions } = promotionCode;
  return {
    id,
    object: 'promotion_code',
    ...promotionCode,
    ...(couponOfCode === 'whole' ? { coupon: shown } : { promotion: { type: 'coupon', coupon: shown } }),
    customer_account: null,
    livemode: false,
    metadata: {},
    restrictions:
      switches.restrictions === 'blank'
        ? { ...restrictions, minimum_amount: null, minimum_amount_currency: null }
        : restrictions,
  };
}

/**
 * Creates a promotion code from the parameters of a request. Does not check for conflicts with other codes.
 * @throws {Refusal} with Stripe's text
 */
export function newPromotionCode(
  coupon: CouponDocument,
  parameters: Parameters,
  { now, refuse }: { now: number; refuse: StripeRefuse },
): PromotionCodeDocument {
  return {
    account: coupon.account,
    id: `promo_1${randomText(ALPHANUMERIC, 23)}`,
    active: true,
    code: checkedCode(parameters.text('code'), refuse) ?? randomText(GENERATED_CHARACTERS, 8),
    coupon: coupon.id,
    created: Math.floor(now / 1000),
    customer: checkedCustomer(parameters.text('customer'), refuse),
    expires_at: checkedExpiry(coupon, parameters.futureTime('expires_at', now), refuse),
    max_redemptions: checkedMaximum(coupon, parameters.integer('max_redemptions'), refuse),
    restrictions: newRestrictions(parameters.nested('restrictions'), refuse),
    times_redeemed: 0,
  };
}

/** Two active codes may have the same text only if they are for two different customers. */
export function areInConflict(a: PromotionCodeDocument, b: PromotionCodeDocument): boolean {
  if (a.code.toLowerCase() !== b.code.toLowerCase()) return false;
  return a.customer === null || b.customer === null || a.customer === b.customer;
}

function checkedCode(code: string | null, refuse: StripeRefuse): string | null {
  if (code === null) return null;
  if (!/^[a-zA-Z0-9\-_]+$/.test(code)) {
    throw refuse(
      `This value must match the regex pattern. (/\\A[a-zA-Z0-9\\-_]+\\z/ does not match for the value ${code}).`,
    );
  }
  if (code.length > MAX_CODE_LENGTH) throw refuse(`Invalid string: must be at most ${MAX_CODE_LENGTH} characters`);
  return code;
}

function checkedCustomer(customer: string | null, refuse: StripeRefuse): string | null {
  if (customer !== null && !customer.startsWith('cus_')) throw refuse(`No such customer: '${customer}'`);
  return customer;
}

function checkedExpiry({ redeem_by }: CouponDocument, expiresAt: number | null, refuse: StripeRefuse): number | null {
  if (expiresAt !== null && redeem_by !== null && expiresAt > redeem_by) {
    throw refuse("The expires_at of a promotion code must not be later than its coupon's redeem_by.");
  }
  return expiresAt ?? redeem_by;
}

function checkedMaximum(coupon: CouponDocument, maximum: number | null, refuse: StripeRefuse): number | null {
  if (maximum !== null && coupon.max_redemptions !== null && maximum > coupon.max_redemptions) {
    throw refuse("The max_redemptions of a promotion code must not be greater than its coupon's max_redemptions.");
  }
  return maximum;
}

function newRestrictions(parameters: Parameters, refuse: StripeRefuse): PromotionCodeDocument['restrictions'] {
  const minimum_amount = parameters.integer('minimum_amount');
  const minimum_amount_currency = parameters.currency('minimum_amount_currency');
  if ((minimum_amount === null) !== (minimum_amount_currency === null)) {
    throw refuse('You must pass both minimum_amount and minimum_amount_currency, or neither.');
  }
  return {
    first_time_transaction: parameters.boolean('first_time_transaction') ?? false,
    minimum_amount,
    minimum_amount_currency,
  };
}
