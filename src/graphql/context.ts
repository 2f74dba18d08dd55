import type { Caller, Scope } from '../auth/caller.ts';
import type { Instant } from '../domain/promotion/promotion.ts';
import type { QuotedCustomers } from '../gateway/attempts/look-up-blindly.ts';
import { type Gateway, scopedTo } from '../gateway/core/gateway.ts';
import { RowBudget } from '../gateway/lists/paged-list.ts';
import type { Redeemer } from '../gateway/redemption/redeemer.ts';
import { Loaders } from './loaders.ts';
import { Caching } from './shared/caching.ts';
import type { FieldOutcome } from './shared/outcome.ts';

/** The context of resolvers. Each request has its own, because loaders remember what they have loaded. */
export interface RequestContext {
  gateway: Gateway;
  /** The caller's name. Its idempotency keys and orders belong to this name. */
  caller: string;
  /** The caller in its role as a user of codes. */
  redeemer: Redeemer;
  /** The customer that the caller acts for and whose redemptions it sees; null: it is not bound to a customer. */
  customer: string | null;
  /** The customers that it can quote codes for. */
  quotedCustomers: QuotedCustomers;
  scopes: ReadonlySet<Scope>;
  /** When the caller's token expires; null: never. */
  until: Instant | null;
  load: Loaders;
  /** How many rows the lists of this operation may still read. */
  rows: RowBudget;
  caching: Caching;
  /** The cache tags of each entity, in the order of the representations. One list for each `_entities` field. */
  entityTags: string[][][];
  /** The outcomes of its writes and quotes so far, for the log and the metrics. */
  outcomes: FieldOutcome[];
  /** The schema for routers. */
  subgraphSdl: string;
}

/** What a context knows of the request, beside its caller. */
interface RequestDetails {
  /** The customer's IP address; null: it is not known. */
  address: string | null;
  /** The `X-Request-Id` of the answer. Absent: there is none. */
  requestId?: string | undefined;
  /** Absent: no router reads it. */
  subgraphSdl?: string;
}

/** The context of a caller's request. Its gateway is limited to the accounts that the caller may see. */
export function createRequestContext(
  whole: Gateway,
  { name: caller, scopes, accountScope, customer, isServer, until }: Caller,
  { address, requestId, subgraphSdl = '' }: RequestDetails,
): RequestContext {
  const gateway = scopedTo(whole, accountScope);
  const caching = new Caching(gateway);
  const redeemer = { caller, mayRead: scopes.has('read'), address, customer, isServer, requestId: requestId ?? null };
  const quotedCustomers = { customer, mayNameAny: scopes.has('customers') };
  return {
    gateway,
    caller,
    redeemer,
    customer,
    quotedCustomers,
    scopes,
    until,
    caching,
    rows: new RowBudget(caller),
    entityTags: [],
    outcomes: [],
    subgraphSdl,
    load: new Loaders({ gateway, redeemer, quotedCustomers, caching }),
  };
}
