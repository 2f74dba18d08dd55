import { z } from 'zod';
import { randomText } from '../../server/ulid.ts';
import { ALPHANUMERIC } from '../coupon.ts';
import { ANY } from '../requests/known-parameters.ts';
import type { Parameters } from '../requests/stripe-parameters.ts';

/** What one unit of a product costs in each period, in minor units. */
export const PriceDocument = z.object({
  account: z.string(),
  id: z.string(),
  created: z.int(),
  currency: z.string(),
  product: z.string(),
  interval: z.string(),
  unit_amount: z.int(),
});
export type PriceDocument = z.infer<typeof PriceDocument>;

export const PRICE_CREATION = {
  currency: ANY,
  product: ANY,
  recurring: { interval: ANY, interval_count: ANY },
  unit_amount: ANY,
} as const;

/** @throws {Refusal} with Stripe's text */
export function newPrice(account: string, parameters: Parameters, now: number): PriceDocument {
  parameters.requiredText('currency');
  parameters.requiredText('unit_amount');
  return {
    account,
    id: `price_1${randomText(ALPHANUMERIC, 23)}`,
    created: Math.floor(now / 1000),
    currency: parameters.currency('currency') ?? '',
    product: parameters.requiredText('product'),
    interval: parameters.nested('recurring').text('interval') ?? 'month',
    unit_amount: parameters.integer('unit_amount') ?? 0,
  };
}

/** The price as Stripe returns it. */
export function shownPrice(price: PriceDocument, isLive: boolean): Record<string, unknown> {
  const { account: _, interval, ...rest } = price;
  return {
    object: 'price',
    active: true,
    ...rest,
    livemode: isLive,
    recurring: { interval, interval_count: 1, usage_type: 'licensed' },
    type: 'recurring',
  };
}
