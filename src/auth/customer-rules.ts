import { forbidden } from './access-rules.ts';
import type { Caller } from './caller.ts';

type CustomerRights = Pick<Caller, 'customer' | 'scopes'>;

/** True for a caller that may name a customer. A caller that is bound to a customer may name only that one. */
export function canNameCustomers({ customer, scopes }: CustomerRights): boolean {
  return customer !== null || scopes.has('customers');
}

/**
 * The customer for whom a caller uses a code: the one that it is bound to, otherwise the one that it names.
 * @returns undefined if the caller is bound to another customer than the named one
 * @throws {GraphQLError} FORBIDDEN if the caller names a customer without the scope `customers`
 */
export function customerOf(caller: CustomerRights, named: string | null): string | null | undefined {
  if (caller.customer !== null) return named === null || named === caller.customer ? caller.customer : undefined;
  if (named !== null && !canNameCustomers(caller)) throw forbidden([{ name: 'customerId', scopes: ['customers'] }]);
  return named;
}
