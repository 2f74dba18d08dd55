import { z } from 'zod';
import { randomText } from '../server/ulid.ts';
import type { StripeRefuse } from './errors.ts';
import type { Parameters } from './parameters.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
export const ALPHANUMERIC = `${LETTERS}0123456789`;

const Duration = z.enum(['forever', 'once', 'repeating']);

/** A coupon of a Stripe account, with Stripe's field names; times in unix seconds, amounts in minor units. */
export const CouponDocument = z.object({
  account: z.string(),
  id: z.string(),
  amount_off: z.int().nullable(),
  created: z.int(),
  currency: z.string().nullable(),
  duration: Duration,
  duration_in_months: z.int().nullable(),
  max_redemptions: z.int().nullable(),
  metadata: z.record(z.string(), z.string()),
  name: z.string().nullable(),
  percent_off: z.number().nullable(),
  redeem_by: z.int().nullable(),
  times_redeemed: z.int(),
  /** The products that it applies to; absent: all. */
  applies_to: z.object({ products: z.array(z.string()) }).optional(),
});
export type CouponDocument = z.infer<typeof CouponDocument>;

/** False once the coupon is expired or used up. `now` is in milliseconds. */
export function isValid({ redeem_by, max_redemptions, times_redeemed }: CouponDocument, now: number): boolean {
  return (
    (redeem_by === null || now < redeem_by * 1000) && (max_redemptions === null || times_redeemed < max_redemptions)
  );
}

/** The coupon as Stripe returns it. */
export function shownCoupon(document: CouponDocument, now: number): Record<string, unknown> {
  const { account: _, id, ...coupon } = document;
  return { id, object: 'coupon', ...coupon, livemode: false, valid: isValid(document, now) };
}

/**
 * Creates a coupon from the parameters of a request.
 * @throws {Refusal} with Stripe's text
 */
export function newCoupon(
  account: string,
  parameters: Parameters,
  { now, refuse }: { now: number; refuse: StripeRefuse },
): CouponDocument {
  const discount = newDiscount(parameters, refuse);
  const duration = Duration.safeParse(parameters.text('duration') ?? 'once').data;
  if (duration === undefined) throw refuse('Invalid duration: must be one of forever, once, or repeating');
  const months = parameters.integer('duration_in_months');
  if (duration === 'repeating' && months === null) {
    throw refuse('The duration_in_months param must be set when creating a coupon with a repeating duration');
  }
  return {
    account,
    id: parameters.text('id') ?? randomText(ALPHANUMERIC, 8),
    ...discount,
    created: Math.floor(now / 1000),
    duration,
    duration_in_months: duration === 'repeating' ? months : null,
    max_redemptions: parameters.integer('max_redemptions'),
    metadata: parameters.textMap('metadata'),
    name: parameters.text('name'),
    redeem_by: parameters.futureTime('redeem_by', now),
    times_redeemed: 0,
    ...newProducts(parameters),
  };
}

function newProducts(parameters: Parameters): Pick<CouponDocument, 'applies_to'> {
  const products = parameters.nested('applies_to').textList('products');
  return products.length > 0 ? { applies_to: { products } } : {};
}

function newDiscount(parameters: Parameters, refuse: StripeRefuse) {
  // The minimum in ChatDash's reference is 1. Stripe itself would accept 0.01.
  const percent_off = parameters.decimal('percent_off', { min: 1, max: 100 });
  const amount_off = parameters.integer('amount_off');
  const currency = parameters.currency('currency');
  if (percent_off === null && amount_off === null) throw refuse('Must provide percent_off or amount_off.');
  if (percent_off !== null && amount_off !== null) {
    throw refuse('Received both percent_off and amount_off parameters. Please pass in only one.');
  }
  if (amount_off !== null && currency === null) throw refuse('You must pass currency when passing amount_off');
  return { percent_off, amount_off, currency: amount_off === null ? null : currency };
}
