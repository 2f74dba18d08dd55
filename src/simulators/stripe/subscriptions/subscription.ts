import { z } from 'zod';
import { type Expansion, expansionOf, isExpanded, pathsThrough } from '../requests/expansion.ts';
import type { StripeVersion } from '../requests/stripe-version.ts';
import { PriceDocument, shownPrice } from './price.ts';
import { discountExpandable } from './stripe-discount.ts';

/** A subscription, reduced to what discounts need. */
export const SubscriptionDocument = z.object({
  account: z.string(),
  id: z.string(),
  created: z.int(),
  currency: z.string(),
  customer: z.string(),
  /** The ids of its discounts, in the order in which they apply. */
  discounts: z.array(z.string()),
  items: z.array(z.object({ id: z.string(), price: PriceDocument, quantity: z.int() })),
  metadata: z.record(z.string(), z.string()),
  status: z.enum(['active', 'canceled']),
});
export type SubscriptionDocument = z.infer<typeof SubscriptionDocument>;

/** What a request can expand in a subscription. */
export function subscriptionExpandable(version: StripeVersion): Expansion {
  return ['customer', 'discounts', ...pathsThrough('discounts', discountExpandable(version))];
}

/** What its items cost in each period together, in minor units. */
export function amountOf({ items }: Pick<SubscriptionDocument, 'items'>): number {
  return items.reduce((sum, { price, quantity }) => sum + price.unit_amount * quantity, 0);
}

/**
 * The subscription as Stripe returns it.
 * @param shown `discount` and `customer` show the objects with these ids
 */
export function shownSubscription(
  { account: _, items, ...subscription }: SubscriptionDocument,
  shown: {
    isLive: boolean;
    expansion: Expansion;
    discount: (id: string, expansion: Expansion) => unknown;
    customer: (id: string) => unknown;
  },
): Record<string, unknown> {
  const { isLive, expansion } = shown;
  const { customer, discounts } = subscription;
  const ofDiscounts = expansionOf(expansion, 'discounts');
  return {
    object: 'subscription',
    ...subscription,
    customer: isExpanded(expansion, 'customer') ? shown.customer(customer) : customer,
    discounts: isExpanded(expansion, 'discounts') ? discounts.map((id) => shown.discount(id, ofDiscounts)) : discounts,
    items: {
      object: 'list',
      data: items.map(({ id, price, quantity }) => ({
        id,
        object: 'subscription_item',
        discounts: [],
        price: shownPrice(price, isLive),
        quantity,
      })),
      has_more: false,
      url: `/v1/subscription_items?subscription=${subscription.id}`,
    },
    livemode: isLive,
  };
}
