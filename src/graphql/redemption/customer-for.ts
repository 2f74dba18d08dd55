import { customerOf } from '../../auth/customer-rules.ts';
import type { RequestContext } from '../context.ts';
import { InputError } from '../shared/input-error.ts';

/**
 * The customer for whom a code is used.
 * @throws {GraphQLError} FORBIDDEN if the caller may not name a customer
 * @throws {InputError} if the caller's token is bound to another customer
 */
export function customerFor(
  context: Pick<RequestContext, 'customer' | 'scopes'>,
  named: string | null | undefined,
): string | null {
  const customer = customerOf(context, named ?? null);
  if (customer === undefined) {
    throw new InputError([
      { path: ['input', 'customerId'], code: 'NOT_ALLOWED', message: 'must be the customer of the token, or absent' },
    ]);
  }
  return customer;
}
