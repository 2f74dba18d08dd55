import { randomText } from '../server/ulid.ts';
import { ALPHANUMERIC, type CouponDocument, changedMetadata } from './coupon.ts';
import { type CurrencyOptions, newCurrencyOptions } from './currency-options.ts';
import type { StripeRefuse } from './errors.ts';
import type { PromotionCodeDocument } from './promotion-code.ts';
import { ANY, type KnownParameters } from './requests/known-parameters.ts';
import type { Parameters } from './requests/stripe-parameters.ts';
import type { StripeVersion } from './requests/stripe-version.ts';

const RESTRICTED_AMOUNTS: KnownParameters = { '*': { minimum_amount: ANY } };
const CREATION = {
  active: ANY,
  code: ANY,
  customer: ANY,
  customer_account: ANY,
  expand: ANY,
  expires_at: ANY,
  max_redemptions: ANY,
  metadata: ANY,
  restrictions: {
    currency_options: RESTRICTED_AMOUNTS,
    first_time_transaction: ANY,
    minimum_amount: ANY,
    minimum_amount_currency: ANY,
  },
} as const;
export const PROMOTION_CODE_UPDATE: KnownParameters = {
  active: ANY,
  expand: ANY,
  metadata: ANY,
  restrictions: { currency_options: RESTRICTED_AMOUNTS },
};

/** The parameters of a creation: older versions have `coupon` instead of `promotion`. */
export function promotionCodeCreation({ hasPromotions }: StripeVersion): KnownParameters {
  return { ...CREATION, ...(hasPromotions ? { promotion: { type: ANY, coupon: ANY } } : { coupon: ANY }) };
}

const GENERATED_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const MAX_CODE_LENGTH = 500;

/**
 * Creates a promotion code from the parameters of a request. Does not check for conflicts with other codes, nor that
 * the customer exists.
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
    active: parameters.boolean('active') ?? true,
    isEnded: false,
    code: checkedCode(parameters.text('code'), refuse) ?? randomText(GENERATED_CHARACTERS, 8),
    coupon: coupon.id,
    created: Math.floor(now / 1000),
    customer: parameters.text('customer'),
    customer_account: parameters.text('customer_account'),
    expires_at: checkedExpiry(coupon, parameters.futureTime('expires_at', now), refuse),
    max_redemptions: checkedMaximum(coupon, parameters.integer('max_redemptions'), refuse),
    metadata: parameters.textMap('metadata'),
    restrictions: newRestrictions(parameters.nested('restrictions'), refuse),
    times_redeemed: 0,
  };
}

/**
 * Applies an update of a promotion code. Does not check for conflicts with other codes.
 * @throws {Refusal} with Stripe's text
 */
export function changedPromotionCode(
  promotionCode: PromotionCodeDocument,
  parameters: Parameters,
  refuse: StripeRefuse,
): PromotionCodeDocument {
  const { restrictions } = promotionCode;
  const currency = restrictions.minimum_amount_currency;
  const options = newMinimums(parameters.nested('restrictions'), currency, refuse);
  return {
    ...promotionCode,
    active: parameters.boolean('active') ?? promotionCode.active,
    metadata: changedMetadata(promotionCode.metadata, parameters),
    restrictions: { ...restrictions, currency_options: { ...restrictions.currency_options, ...options } },
  };
}

function checkedCode(code: string | null, refuse: StripeRefuse): string | null {
  if (code === null) return null;
  if (!/^[a-zA-Z0-9\-_]+$/.test(code)) {
    throw refuse(
      `This value must match the regex pattern. (/\\A[a-zA-Z0-9\\-_]+\\z/ does not match for the value ${code}).`,
      { param: 'code' },
    );
  }
  if (code.length > MAX_CODE_LENGTH) {
    throw refuse(`Invalid string: must be at most ${MAX_CODE_LENGTH} characters`, { param: 'code' });
  }
  return code;
}

function checkedExpiry({ redeem_by }: CouponDocument, expiresAt: number | null, refuse: StripeRefuse): number | null {
  if (expiresAt !== null && redeem_by !== null && expiresAt > redeem_by) {
    throw refuse("The expires_at of a promotion code must not be later than its coupon's redeem_by.", {
      param: 'expires_at',
    });
  }
  return expiresAt ?? redeem_by;
}

function checkedMaximum(coupon: CouponDocument, maximum: number | null, refuse: StripeRefuse): number | null {
  if (maximum !== null && coupon.max_redemptions !== null && maximum > coupon.max_redemptions) {
    throw refuse("The max_redemptions of a promotion code must not be greater than its coupon's max_redemptions.", {
      param: 'max_redemptions',
    });
  }
  return maximum;
}

function newRestrictions(parameters: Parameters, refuse: StripeRefuse): PromotionCodeDocument['restrictions'] {
  const minimum_amount = parameters.integer('minimum_amount');
  const minimum_amount_currency = parameters.currency('minimum_amount_currency');
  if ((minimum_amount === null) !== (minimum_amount_currency === null)) {
    throw refuse('You must pass both minimum_amount and minimum_amount_currency, or neither.', {
      param: parameters.fullName(minimum_amount === null ? 'minimum_amount' : 'minimum_amount_currency'),
    });
  }
  return {
    currency_options: newMinimums(parameters, minimum_amount_currency, refuse),
    first_time_transaction: parameters.boolean('first_time_transaction') ?? false,
    minimum_amount,
    minimum_amount_currency,
  };
}

function newMinimums(parameters: Parameters, currency: string | null, refuse: StripeRefuse): CurrencyOptions {
  return newCurrencyOptions(parameters, { amount: 'minimum_amount', currency, refuse });
}
