import { z } from 'zod';
import type { InputFault } from '../../domain/provider/provider-error.ts';
import type { ErrorReading } from '../client/failure.ts';
import type { JsonObject } from '../client/wire-values.ts';

/** What a refusal by Stripe means. */
interface Refused {
  reason?: ErrorReading['reason'];
  fault?: InputFault;
  refusal?: ErrorReading['refusal'];
}

/** ChatDash sends a text, or Stripe's error object. */
const errorBody = z.object({
  error: z.union([z.string(), z.object({ message: z.string(), param: z.string().nullish().catch(undefined) })]),
});

/** Stripe's refusals and their meaning. ChatDash forwards the text with a 400 or a 500, sometimes after a prefix of its own. */
const REFUSALS: ReadonlyArray<readonly [text: RegExp, refused: Refused]> = [
  [/an active promotion code with `?code: .* already exists/i, { reason: 'CODE_TAKEN' }],
  [/(^|: )no such (coupon|promotion code):/i, { reason: 'NOT_FOUND' }],
  [/(^|: )no such discount:/i, { reason: 'CONFLICT' }],
  [/(^|: )no such customer:/i, fault('customerId', 'is not a customer at the provider')],
  [/(^|: )invalid timestamp: can be no more than five years/i, fault('expiresAt', 'must be at most five years ahead')],
  [/(^|: )the parameter `?(expires_at|redeem_by)\b.* in the past/i, fault('expiresAt', 'must be in the future')],
  [
    /(^|: )the expires_at of a promotion code must not /i,
    fault('expiresAt', "must not be after the coupon's expiresAt"),
  ],
  [
    /(^|: )the max_redemptions of a promotion code must not /i,
    fault('maxRedemptions', "must not be above the coupon's maxRedemptions"),
  ],
  [
    /(^|: )this value must match the regex pattern/i,
    fault('code', 'contains characters that the provider does not accept'),
  ],
  [/(^|: )you must pass both minimum_amount and /i, fault('minimumOrder', 'is refused by the provider')],
  [/because the associated customer has prior transactions/i, { refusal: 'NOT_FIRST_TRANSACTION' }],
  [/because the associated purchase does not meet the minimum amount/i, { refusal: 'MINIMUM_NOT_MET' }],
  [/because it has been used the maximum number of times/i, { refusal: 'EXHAUSTED' }],
  [/because it is inactive/i, { refusal: 'INACTIVE' }],
  [/because it is restricted to another customer/i, { refusal: 'CUSTOMER_NOT_ELIGIBLE' }],
  [/because the associated coupon is not valid for any of the items/i, { refusal: 'PRODUCT_NOT_ELIGIBLE' }],
  [/(^|: )coupon expired/i, { refusal: 'EXPIRED' }],
  [/(^|: )the coupon .* in the currency /i, { refusal: 'CURRENCY_MISMATCH' }],
  [
    /(^|: )(coupon already exists|this value must |the parameter |the duration_in_months param |invalid |missing required |received |must provide |you must pass |you may only specify )/i,
    {},
  ],
];

/** Stripe's parameters, and the input field that each comes from. */
const FIELDS: Record<string, InputFault['field']> = {
  code: 'code',
  customer: 'customerId',
  expires_at: 'expiresAt',
  redeem_by: 'expiresAt',
  max_redemptions: 'maxRedemptions',
  percent_off: 'discount',
  amount_off: 'discount',
  currency: 'discount',
  currency_options: 'currencyOptions',
  duration: 'duration',
  duration_in_months: 'duration',
  name: 'name',
  'restrictions[minimum_amount]': 'minimumOrder',
  'restrictions[minimum_amount_currency]': 'minimumOrder',
  'restrictions[currency_options]': 'minimumOrderOptions',
  metadata: 'metadata',
};

/** Reads an error of Stripe in any form in which ChatDash forwards it. */
export function readError(body: JsonObject): ErrorReading {
  const parsed = errorBody.safeParse(body);
  if (!parsed.success) return {};
  const { error } = parsed.data;
  const { message, param } = typeof error === 'string' ? { message: error, param: undefined } : error;
  const refusal = REFUSALS.find(([text]) => text.test(message))?.[1];
  const field = FIELDS[param ?? ''];
  return {
    message,
    isRefusal: refusal !== undefined,
    ...(field && fault(field, 'is refused by the provider')),
    ...refusal,
  };
}

function fault(field: InputFault['field'], message: string): { fault: InputFault } {
  return { fault: { field, message } };
}
