import { z } from 'zod';
import { randomText } from '../../server/ulid.ts';
import { ALPHANUMERIC } from '../coupon.ts';
import { ANY } from '../requests/known-parameters.ts';
import type { Parameters } from '../requests/stripe-parameters.ts';

export const CustomerDocument = z.object({
  account: z.string(),
  id: z.string(),
  created: z.int(),
  email: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  name: z.string().nullable(),
  /** Whether the customer has prior transactions: codes for a first transaction are refused. */
  hasTransactions: z.boolean(),
});
export type CustomerDocument = z.infer<typeof CustomerDocument>;

export const CUSTOMER_CREATION = { email: ANY, expand: ANY, metadata: ANY, name: ANY } as const;

/** @throws {Refusal} with Stripe's text */
export function newCustomer(account: string, parameters: Parameters, now: number): CustomerDocument {
  return {
    ...unnamedCustomer(account, `cus_${randomText(ALPHANUMERIC, 14)}`, now),
    email: parameters.text('email'),
    metadata: parameters.textMap('metadata'),
    name: parameters.text('name'),
  };
}

/** A customer of whom only the id is known. */
export function unnamedCustomer(account: string, id: string, now: number): CustomerDocument {
  const created = Math.floor(now / 1000);
  return { account, id, created, email: null, metadata: {}, name: null, hasTransactions: false };
}

/** The customer as Stripe returns it. */
export function shownCustomer(customer: CustomerDocument, isLive: boolean): Record<string, unknown> {
  const { account: _, hasTransactions: __, ...rest } = customer;
  return { object: 'customer', ...rest, livemode: isLive };
}
