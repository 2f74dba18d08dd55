import { jsonAnswer } from '../../server/answer.ts';
import { type Route, route } from '../../server/routes.ts';
import { noSuch, type RefusalDetails } from '../errors.ts';
import { ANY } from '../requests/known-parameters.ts';
import { readRequest, type StripeRequest } from '../requests/request.ts';
import { newPrice, PRICE_CREATION, shownPrice } from './price.ts';
import {
  CUSTOMER_CREATION,
  type CustomerDocument,
  newCustomer,
  shownCustomer,
  unnamedCustomer,
} from './stripe-customer.ts';

/** The endpoints of customers and prices, as far as subscriptions need them. */
export function customerRoutes(request: StripeRequest): Route[] {
  const { account, now, isLive } = request;
  return [
    route('POST', '/v1/customers', () => {
      const { parameters } = readRequest(request, CUSTOMER_CREATION, []);
      const customer = newCustomer(account.id, parameters, now);
      account.customers.put(customer);
      return jsonAnswer(200, shownCustomer(customer, isLive));
    }),
    route('GET', '/v1/customers/:id', (_, id) => {
      readRequest(request, { expand: ANY }, []);
      return jsonAnswer(200, shownCustomer(existingCustomer(request, id), isLive));
    }),
    route('POST', '/v1/prices', () => {
      const { parameters } = readRequest(request, PRICE_CREATION, []);
      const price = newPrice(account.id, parameters, now);
      account.prices.put(price);
      return jsonAnswer(200, shownPrice(price, isLive));
    }),
  ];
}

/**
 * A customer of the account. A sandbox may have every customer.
 * @throws {Refusal} if it does not exist
 */
export function existingCustomer(
  { account, now, refuse, switches }: StripeRequest,
  id: string,
  details: RefusalDetails = {},
): CustomerDocument {
  const customer = account.customers.get(id);
  if (customer !== undefined) return customer;
  if (switches.customersAndSubscriptions === 'any' && id.startsWith('cus_'))
    return unnamedCustomer(account.id, id, now);
  throw noSuch(refuse, 'customer', id, { isExecuted: true, ...details });
}
