import type { Refuse } from '../errors.ts';

export interface FlexpriceSubscription {
  id: string;
  /** Any case; absent: the sandbox's currency. */
  currency?: string;
}

export interface SubscriptionOptions {
  /** The subscriptions that exist; absent: every id that begins with "subs_". */
  subscriptions?: readonly FlexpriceSubscription[];
  /** Of subscriptions that name none; absent: "usd". */
  currency?: string;
}

/** Finds a subscription. @throws Refusal 404 */
export type FindSubscription = (id: string) => Required<FlexpriceSubscription>;

export function subscriptionFinder(options: SubscriptionOptions, refuse: Refuse): FindSubscription {
  const currency = options.currency ?? 'usd';
  return (id) => {
    const found = options.subscriptions?.find((subscription) => subscription.id === id);
    if (found !== undefined) return { currency, ...found };
    if (options.subscriptions === undefined && id.startsWith('subs_')) return { id, currency };
    throw refuse('not_found', `Subscription with ID ${id} was not found`, { subscription_id: id });
  };
}

/** A subscription in an answer, as far as coupons need it. */
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
