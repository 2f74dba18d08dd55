import DataLoader from 'dataloader';
import type { Caller, Scope } from '../auth/caller.ts';
import type { Instant, Promotion } from '../domain/promotion/promotion.ts';
import type { RecordedChange } from '../domain/promotion/recorded-change.ts';
import type { Refusal } from '../domain/redemption/outcomes.ts';
import type { Redemption } from '../domain/redemption/redemption.ts';
import { type EntityReference, entityRefusals } from '../gateway/attempts/entity-refusals.ts';
import type { QuotedCustomers } from '../gateway/attempts/look-up-blindly.ts';
import { type Gateway, scopedTo } from '../gateway/core/gateway.ts';
import { RowBudget } from '../gateway/lists/paged-list.ts';
import { MAX_OBJECTS_IN_A_TURN, readInTurn } from '../gateway/reading/read-in-turn.ts';
import { type ReadPolicy, readPromotions, unknownUntil } from '../gateway/reading/read-promotion.ts';
import { readRedemptions } from '../gateway/reading/read-redemption.ts';
import { readStoredPromotions } from '../gateway/reading/read-stored-promotions.ts';
import type { Redeemer } from '../gateway/redemption/redeemer.ts';
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
}

/** Loads objects by their ids. Each loader reports to `caching` what it has loaded. */
interface Loaders {
  /** From the cache or from the provider, by the policy. */
  promotion: Record<ReadPolicy, DataLoader<string, Promotion | null>>;
  /** From the store alone: for objects that belong to another one that was read. */
  storedPromotion: DataLoader<string, Promotion | null>;
  redemption: DataLoader<string, Redemption | null>;
  /** Why a caller without the scope `read` may not see an entity; null: it may. */
  entityRefusal: DataLoader<EntityReference, Refusal | null, string>;
  /** The changes of a promotion, newest first. */
  history: DataLoader<string, RecordedChange[]>;
}

/**
 * The context of a caller's request. Its gateway is limited to the accounts that the caller may see.
 * @param address the customer's IP address, if it is known
 * @param requestId the `X-Request-Id` of the answer, if there is one
 */
export function createRequestContext(
  whole: Gateway,
  { name: caller, scopes, accountScope, customer, isServer, until }: Caller,
  address: string | null,
  requestId: string | null = null,
): RequestContext {
  const gateway = scopedTo(whole, accountScope);
  const caching = new Caching(gateway);
  const redeemer = { caller, mayRead: scopes.has('read'), address, customer, isServer, requestId };
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
    load: createLoaders(gateway, redeemer, quotedCustomers, caching),
  };
}

/** Reads objects in the order of their ids. Each is the object, null, or the error of reading it. */
type Read<Value> = (ids: readonly string[]) => Promise<(Value | Error)[]>;

function createLoaders(gateway: Gateway, redeemer: Redeemer, quoted: QuotedCustomers, caching: Caching): Loaders {
  const { caller } = redeemer;
  const loader = <Value>(read: Read<Value>) =>
    new DataLoader<string, Value>((ids) => readInTurn(gateway, { caller, objects: ids.length }, () => read(ids)), {
      maxBatchSize: MAX_OBJECTS_IN_A_TURN,
    });
  const promotionLoader = (policy: ReadPolicy | 'STORED', read: Read<Promotion | null>) =>
    loader(async (ids) => {
      const promotions = await read(ids);
      for (const [index, promotion] of promotions.entries()) {
        const id = ids[index] ?? '';
        if (promotion === null) caching.isMissing(id, unknownUntil(gateway, id, policy));
        else if (!(promotion instanceof Error)) caching.shows(promotion, policy);
      }
      return promotions;
    });
  const byPolicy = (policy: ReadPolicy) => promotionLoader(policy, (ids) => readPromotions(gateway, ids, policy));
  return {
    promotion: { CACHED: byPolicy('CACHED'), FRESH: byPolicy('FRESH'), CACHE_ONLY: byPolicy('CACHE_ONLY') },
    storedPromotion: promotionLoader('STORED', (ids) => readStoredPromotions(gateway, ids)),
    history: loader((ids) => {
      caching.forbid();
      return gateway.store.promotionHistory.ofEach(ids);
    }),
    redemption: loader((ids) => {
      caching.forbid();
      return readRedemptions(gateway, ids);
    }),
    entityRefusal: new DataLoader<EntityReference, Refusal | null, string>(
      (references) => entityRefusals(gateway, redeemer, references, quoted),
      { cacheKeyFn: ({ kind, id }) => `${kind}:${id}` },
    ),
  };
}
