import { forbidden } from '../../auth/access-rules.ts';
import type { RequestContext } from '../context.ts';
import { InputError } from '../shared/input-error.ts';

/**
 * The customer that a code is used for. A token that is bound to a customer acts for that one; any other caller needs
 * the scope `customers` to name one.
 * @throws {GraphQLError} without that scope
 * @throws {InputError} for another customer than the token's
 */
export function customerFor(
  { customer, scopes }: Pick<RequestContext, 'customer' | 'scopes'>,
  named: string | null | undefined,
): string | null {
  const given = named ?? null;
  if (customer !== null) {
    if (given === null || given === customer) return customer;
    throw new InputError([{ path: ['input', 'customerId'], message: 'must be the customer of the token, or absent' }]);
  }
  if (given !== null && !scopes.has('customers')) throw forbidden('customerId', ['customers']);
  return given;
}
