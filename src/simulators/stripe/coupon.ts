import { z } from 'zod';
import { randomText } from '../server/ulid.ts';
import { CurrencyOptions, newCurrencyOptions } from './currency-options.ts';
import type { StripeRefuse } from './errors.ts';
import { type Expansion, isExpanded } from './requests/expansion.ts';
import { ANY, type KnownParameters } from './requests/known-parameters.ts';
import type { Parameters } from './requests/stripe-parameters.ts';

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
  /** The amounts in other currencies. */
  currency_options: CurrencyOptions.default({}),
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
  /** A deleted coupon stays on subscriptions that have it. */
  isDeleted: z.boolean().default(false),
});
export type CouponDocument = z.infer<typeof CouponDocument>;

/** What a request can expand in a coupon. */
export const COUPON_EXPANDABLE: Expansion = ['applies_to', 'currency_options'];

export const COUPON_CREATION: KnownParameters = {
  id: ANY,
  amount_off: ANY,
  applies_to: { products: ANY },
  currency: ANY,
  currency_options: { '*': { amount_off: ANY } },
  duration: ANY,
  duration_in_months: ANY,
  expand: ANY,
  max_redemptions: ANY,
  metadata: ANY,
  name: ANY,
  percent_off: ANY,
  redeem_by: ANY,
};
export const COUPON_UPDATE: KnownParameters = {
  currency_options: { '*': { amount_off: ANY } },
  expand: ANY,
  metadata: ANY,
  name: ANY,
};

/** False once the coupon is deleted, expired or used up. `now` is in milliseconds. */
export function isValid(coupon: CouponDocument, now: number): boolean {
  const { isDeleted, redeem_by, max_redemptions, times_redeemed } = coupon;
  if (isDeleted || (redeem_by !== null && now >= redeem_by * 1000)) return false;
  return max_redemptions === null || times_redeemed < max_redemptions;
}

/** The coupon as Stripe returns it. */
export function shownCoupon(
  coupon: CouponDocument,
  { now, isLive = false, expansion = [] }: { now: number; isLive?: boolean; expansion?: Expansion },
): Record<string, unknown> {
  const { account: _, isDeleted: __, id, applies_to, currency, currency_options, ...shown } = coupon;
  const ownOption = currency === null ? {} : { [currency]: { amount_off: shown.amount_off } };
  return {
    id,
    object: 'coupon',
    ...(isExpanded(expansion, 'applies_to') && applies_to && { applies_to }),
    currency,
    ...(isExpanded(expansion, 'currency_options') &&
      currency !== null && { currency_options: { ...ownOption, ...shownOptions(currency_options) } }),
    ...shown,
    livemode: isLive,
    valid: isValid(coupon, now),
  };
}

function shownOptions(options: CurrencyOptions): Record<string, { amount_off: number }> {
  return Object.fromEntries(Object.entries(options).map(([currency, amount]) => [currency, { amount_off: amount }]));
}

/** What {@link newCoupon} needs besides the parameters. */
interface CouponContext {
  account: string;
  now: number;
  refuse: StripeRefuse;
  /** Whether coupons with an amount may not be forever. */
  refusesForeverAmounts: boolean;
}

/**
 * Creates a coupon from the parameters of a request.
 * @throws {Refusal} with Stripe's text
 */
export function newCoupon(parameters: Parameters, context: CouponContext): CouponDocument {
  const { account, now, refuse } = context;
  const discount = newDiscount(parameters, refuse);
  const duration = Duration.safeParse(parameters.text('duration') ?? 'once').data;
  if (duration === undefined) {
    throw refuse('Invalid duration: must be one of forever, once, or repeating', { param: 'duration' });
  }
  const months = parameters.integer('duration_in_months');
  if (duration === 'repeating' && months === null) {
    throw refuse('The duration_in_months param must be set when creating a coupon with a repeating duration', {
      param: 'duration',
    });
  }
  if (duration === 'forever' && discount.amount_off !== null && context.refusesForeverAmounts) {
    throw refuse('You cannot create a coupon with amount_off and a duration of forever.', { param: 'duration' });
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
    isDeleted: false,
  };
}

/** Applies an update of a coupon. @throws {Refusal} with Stripe's text */
export function changedCoupon(coupon: CouponDocument, parameters: Parameters, refuse: StripeRefuse): CouponDocument {
  const { currency, currency_options } = coupon;
  return {
    ...coupon,
    name: parameters.has('name') ? parameters.text('name') : coupon.name,
    metadata: changedMetadata(coupon.metadata, parameters),
    currency_options: { ...currency_options, ...newAmounts(parameters, currency, refuse) },
  };
}

/** Adds the sent keys to metadata. An empty value removes its key, and empty metadata removes all. */
export function changedMetadata(metadata: Record<string, string>, parameters: Parameters): Record<string, string> {
  if (parameters.isCleared('metadata')) return {};
  const changed = { ...metadata, ...parameters.textMap('metadata') };
  return Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== ''));
}

function newProducts(parameters: Parameters): Pick<CouponDocument, 'applies_to'> {
  const products = parameters.nested('applies_to').textList('products');
  return products.length > 0 ? { applies_to: { products } } : {};
}

function newDiscount(parameters: Parameters, refuse: StripeRefuse) {
  const percent_off = parameters.decimal('percent_off', { min: 0.01, max: 100 });
  const amount_off = parameters.integer('amount_off');
  const currency = parameters.currency('currency');
  if (percent_off === null && amount_off === null) {
    throw refuse('Must provide percent_off or amount_off.', { code: 'parameter_missing' });
  }
  if (percent_off !== null && amount_off !== null) {
    throw refuse('Received both percent_off and amount_off parameters. Please pass in only one.');
  }
  if (amount_off !== null && currency === null) {
    throw refuse('You must pass currency when passing amount_off', { param: 'currency' });
  }
  const ownCurrency = amount_off === null ? null : currency;
  return {
    percent_off,
    amount_off,
    currency: ownCurrency,
    currency_options: newAmounts(parameters, ownCurrency, refuse),
  };
}

/** @param currency the coupon's own; null: it has a percentage */
function newAmounts(parameters: Parameters, currency: string | null, refuse: StripeRefuse): CurrencyOptions {
  if (parameters.has('currency_options') && currency === null) {
    throw refuse('You may only specify one of these parameters: currency_options, percent_off.', {
      param: 'currency_options',
    });
  }
  return newCurrencyOptions(parameters, { amount: 'amount_off', currency, refuse });
}
