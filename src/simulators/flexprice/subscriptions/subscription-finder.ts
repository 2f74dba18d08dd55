import type { Refuse } from '../errors.ts';

/** A subscription that exists in the simulator. */
export interface FlexpriceSubscription {
  id: string;
  /** In any case. Absent: the currency of {@link SubscriptionOptions}. */
  currency?: string;
}

/** Which subscriptions a simulated Flexprice has. */
export interface SubscriptionOptions {
  /** The subscriptions that exist. Absent: every id that starts with "subs_". */
  subscriptions?: readonly FlexpriceSubscription[];
  /** The currency of subscriptions without one. Default: "usd". */
  currency?: string;
}

/** Finds a subscription. @throws {Refusal} 404 */
export type FindSubscription = (id: string) => Required<FlexpriceSubscription>;

/** Looks up subscriptions in the options. */
export function subscriptionFinder(options: SubscriptionOptions, refuse: Refuse): FindSubscription {
  const currency = options.currency ?? 'usd';
  return (id) => {
    const found = options.subscriptions?.find((subscription) => subscription.id === id);
    if (found !== undefined) return { currency, ...found };
    if (options.subscriptions === undefined && id.startsWith('subs_')) return { id, currency };
    throw refuse('not_found', `Subscription with ID ${id} was not found`, { subscription_id: id });
  };
}

/** The subscription as Flexprice returns it, reduced to what coupons need. */
export function shownSubscription({ id, currency }: Required<FlexpriceSubscription>) {
  return {
    id,
    customer_id: 'cust_sandbox',
    plan_id: 'plan_sandbox',
    subscription_status: 'active',
    currency,
    billing_period: 'MONTHLY',
    billing_period_count: 1,
    status: 'published',
  };
}
