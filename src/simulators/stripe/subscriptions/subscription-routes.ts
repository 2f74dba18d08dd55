import { jsonAnswer } from '../../server/answer.ts';
import { type Route, route } from '../../server/routes.ts';
import { randomText } from '../../server/ulid.ts';
import { ALPHANUMERIC, changedMetadata } from '../coupon.ts';
import { noSuch } from '../errors.ts';
import { type Expansion, expansionOf, pathsThrough } from '../requests/expansion.ts';
import { ANY, type KnownParameters } from '../requests/known-parameters.ts';
import { LIST_PARAMETERS, listPage } from '../requests/list-page.ts';
import { readRequest, type StripeRequest } from '../requests/request.ts';
import type { Parameters } from '../requests/stripe-parameters.ts';
import { existingCustomer } from './customer-routes.ts';
import { replaceDiscounts, takeOff } from './discount-application.ts';
import { newPrice, PRICE_CREATION, type PriceDocument } from './price.ts';
import { shownCustomer } from './stripe-customer.ts';
import { shownDiscount } from './stripe-discount.ts';
import { type SubscriptionDocument, shownSubscription, subscriptionExpandable } from './subscription.ts';

const UPDATE = {
  discounts: { '*': { coupon: ANY, discount: ANY, promotion_code: ANY } },
  expand: ANY,
  metadata: ANY,
  payment_behavior: ANY,
  proration_behavior: ANY,
} as const;
const CREATION: KnownParameters = {
  ...UPDATE,
  currency: ANY,
  customer: ANY,
  items: { '*': { price: ANY, price_data: PRICE_CREATION, quantity: ANY } },
};
const LIST = { ...LIST_PARAMETERS, customer: ANY } as const;

/** The endpoints of subscriptions. */
export function subscriptionRoutes(request: StripeRequest): Route[] {
  const { account, refuse, version } = request;
  const expandable = subscriptionExpandable(version);
  const answer = (subscription: SubscriptionDocument, expansion: Expansion) =>
    jsonAnswer(200, shown(request, subscription, expansion));
  return [
    route('POST', '/v1/subscriptions', () => {
      const { parameters, expansion } = readRequest(request, CREATION, expandable);
      return answer(createSubscription(request, parameters), expansion);
    }),
    route('GET', '/v1/subscriptions', () => {
      const { parameters, expansion } = readRequest(request, LIST, pathsThrough('data', expandable));
      const customer = parameters.text('customer');
      const page = listPage(account.subscriptions.newestFirst(), parameters, {
        url: '/v1/subscriptions',
        noun: 'subscription',
        isWanted: (one) => one.status === 'active' && (customer === null || one.customer === customer),
        refuse,
      });
      const ofItem = expansionOf(expansion, 'data');
      return jsonAnswer(200, { ...page, data: page.data.map((one) => shown(request, one, ofItem)) });
    }),
    route('GET', '/v1/subscriptions/:id', (_, id) => {
      const { expansion } = readRequest(request, { expand: ANY }, expandable);
      return answer(existingSubscription(request, id), expansion);
    }),
    route('POST', '/v1/subscriptions/:id', (_, id) => {
      const { parameters, expansion } = readRequest(request, UPDATE, expandable);
      return answer(updateSubscription(request, id, parameters), expansion);
    }),
    route('DELETE', '/v1/subscriptions/:id', (_, id) => {
      readRequest(request, {}, []);
      const canceled: SubscriptionDocument = { ...existingSubscription(request, id), status: 'canceled' };
      account.subscriptions.put(canceled);
      return answer(canceled, []);
    }),
    route('DELETE', '/v1/subscriptions/:id/discount', (_, id) => {
      readRequest(request, {}, []);
      const subscription = existingSubscription(request, id);
      const [first] = subscription.discounts;
      if (first === undefined) {
        throw refuse(`No active discount for subscription: ${id}`, { status: 404, code: 'resource_missing' });
      }
      for (const discountId of subscription.discounts) takeOff(request, discountId);
      account.subscriptions.put({ ...subscription, discounts: [] });
      return jsonAnswer(200, discountById(request, first, []));
    }),
  ];
}

function createSubscription(request: StripeRequest, parameters: Parameters): SubscriptionDocument {
  const { account, now, refuse } = request;
  const customer = existingCustomer(request, parameters.requiredText('customer'), { status: 400 });
  const items = parameters.nestedList('items').map((item) => ({
    id: `si_${randomText(ALPHANUMERIC, 14)}`,
    price: priceOf(request, item),
    quantity: item.integer('quantity') ?? 1,
  }));
  const currency = parameters.currency('currency') ?? items[0]?.price.currency;
  if (currency === undefined) parameters.requiredText('items');
  const subscription: SubscriptionDocument = {
    account: account.id,
    id: `sub_1${randomText(ALPHANUMERIC, 23)}`,
    created: Math.floor(now / 1000),
    currency: currency ?? '',
    customer: customer.id,
    discounts: [],
    items,
    metadata: parameters.textMap('metadata'),
    status: 'active',
  };
  if (items.some(({ price }) => price.currency !== subscription.currency)) {
    throw refuse('All prices of a subscription must have the same currency.', { param: 'items', isExecuted: true });
  }
  const created = replaceDiscounts(request, subscription, parameters, targetOf(request, subscription, false));
  account.subscriptions.put(created);
  account.customers.put({ ...customer, hasTransactions: true });
  return created;
}

function updateSubscription(request: StripeRequest, id: string, parameters: Parameters): SubscriptionDocument {
  const subscription = existingSubscription(request, id);
  if (subscription.status === 'canceled') {
    throw request.refuse('A canceled subscription can only update its cancellation_details and metadata.', {
      isExecuted: true,
    });
  }
  const metadata = changedMetadata(subscription.metadata, parameters);
  const target = targetOf(request, subscription, true);
  const updated = replaceDiscounts(request, { ...subscription, metadata }, parameters, target);
  request.account.subscriptions.put(updated);
  return updated;
}

function targetOf(request: StripeRequest, { customer }: SubscriptionDocument, isUpdate: boolean) {
  const { now, switches, version } = request;
  return {
    hasTransactions: existingCustomer(request, customer).hasTransactions,
    isUpdate,
    refusesForeverAmounts: version.refusesForeverAmounts,
    minimumOnUpdate: switches.minimumOnUpdate,
    now,
  };
}

function priceOf({ account, now, refuse }: StripeRequest, item: Parameters): PriceDocument {
  if (item.has('price_data')) {
    const price = newPrice(account.id, item.nested('price_data'), now);
    account.prices.put(price);
    return price;
  }
  const id = item.requiredText('price');
  const price = account.prices.get(id);
  if (price === undefined) {
    throw noSuch(refuse, 'price', id, { status: 400, param: item.fullName('price'), isExecuted: true });
  }
  return price;
}

/** A sandbox may have every subscription: one that was not created costs 100.00 USD a month. */
function existingSubscription({ account, now, refuse, switches }: StripeRequest, id: string): SubscriptionDocument {
  const subscription = account.subscriptions.get(id);
  if (subscription !== undefined) return subscription;
  if (switches.customersAndSubscriptions === 'created' || !id.startsWith('sub_')) {
    throw noSuch(refuse, 'subscription', id, { param: 'id' });
  }
  const shared = { account: account.id, created: Math.floor(now / 1000), currency: 'usd' };
  const price = { ...shared, id: 'price_sandbox', product: 'prod_sandbox', interval: 'month', unit_amount: 10_000 };
  return {
    ...shared,
    id,
    customer: 'cus_sandbox',
    discounts: [],
    items: [{ id: 'si_sandbox', price, quantity: 1 }],
    metadata: {},
    status: 'active',
  };
}

function shown(request: StripeRequest, subscription: SubscriptionDocument, expansion: Expansion) {
  const { isLive } = request;
  return shownSubscription(subscription, {
    isLive,
    expansion,
    discount: (id, ofDiscount) => discountById(request, id, ofDiscount),
    customer: (id) => shownCustomer(existingCustomer(request, id), isLive),
  });
}

function discountById(request: StripeRequest, id: string, expansion: Expansion): unknown {
  const { account } = request;
  const discount = account.discount(id);
  if (discount === undefined) throw new Error(`The discount ${id} does not exist`);
  const promotionCode = discount.promotion_code === null ? undefined : account.promotionCode(discount.promotion_code);
  return shownDiscount(discount, { ...request, coupon: account.couponOf(discount), promotionCode, expansion });
}
