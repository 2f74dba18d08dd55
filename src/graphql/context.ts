import DataLoader from 'dataloader';
import type { Caller, Scope } from '../auth/caller.ts';
import type { Instant, Promotion } from '../domain/promotion/promotion.ts';
import type { Redemption } from '../domain/redemption/redemption.ts';
import { type Gateway, scopedTo } from '../gateway/core/gateway.ts';
import { readPromotions } from '../gateway/reading/read-promotion.ts';
import { readRedemptions } from '../gateway/reading/read-redemption.ts';
import { tryToExpireHolds } from '../gateway/redemption/expire-holds.ts';
import type { Redeemer } from '../gateway/redemption/redeemer.ts';
import { RowBudget } from '../store/lists/look-through.ts';
import { ROW_READ, ROWS_IN_A_TURN, type Turns } from '../store/lists/turns.ts';
import { Caching } from './shared/cache-facts.ts';

/** What a resolver works with. One for a request: loaders remember what they have loaded. */
export interface RequestContext {
  gateway: Gateway;
  /** Whose idempotency keys and orders these are. */
  caller: string;
  /** The caller as it tries codes out. */
  redeemer: Redeemer;
  /** The one customer that the caller acts for and sees redemptions of; null: it is not bound to one. */
  customer: string | null;
  /** What the caller may do. */
  scopes: ReadonlySet<Scope>;
  /** Until when; null: for ever. */
  until: Instant | null;
  load: Loaders;
  /** How many rows its lists may still look at. */
  rows: RowBudget;
  caching: Caching;
  /** What came of its writes and quotes so far, for the log. */
  outcomes: string[];
}

interface Loaders {
  /** By id, from the cache while it is fresh, else from the provider. */
  promotion: DataLoader<string, Promotion | null>;
  /** By id, from the store alone: what stands beside something that was read. */
  heldPromotion: DataLoader<string, Promotion | null>;
  redemption: DataLoader<string, Redemption | null>;
}

/**
 * What the requests of a caller are answered with: of the gateway as much as it may see.
 * @param address the customer's, where it is known
 */
export function createRequestContext(
  whole: Gateway,
  { name: caller, scopes, accountScope, customer, isServer, until }: Caller,
  address: string | null,
): RequestContext {
  const gateway = scopedTo(whole, accountScope);
  // Once for each request and each event of a subscription: reads write nothing.
  tryToExpireHolds(gateway);
  const caching = new Caching(gateway);
  const loader = <Value>(read: Read<Value>) => loaderOf(gateway.store.turns, caller, read);
  return {
    gateway,
    caller,
    redeemer: { caller, mayRead: scopes.has('read'), address, customer, isServer },
    customer,
    scopes,
    until,
    caching,
    rows: new RowBudget(caller),
    outcomes: [],
    load: {
      promotion: loader((ids) => readPromotions(gateway, ids, 'CACHED')),
      heldPromotion: loader((ids) => gateway.store.promotions.getMany(ids, gateway.clock())),
      redemption: loader((ids) => {
        caching.forbid();
        return readRedemptions(gateway, ids);
      }),
    },
  };
}

/** Reads several by their ids: each in its own slot, or what it failed with. */
type Read<Value> = (ids: readonly string[]) => (Value | Error)[] | Promise<(Value | Error)[]>;

/** Reading this many takes less time than waiting for a turn. */
const FEW = 10;

/** A loader that reads in batches that fit into one turn of the event loop. */
function loaderOf<Value>(turns: Turns, caller: string, read: Read<Value>): DataLoader<string, Value> {
  const spend: Read<Value> = (ids) => {
    turns.spend(ids.length * ROW_READ);
    return read(ids);
  };
  const load = async (ids: readonly string[]) => (ids.length <= FEW ? spend(ids) : turns.run(caller, () => spend(ids)));
  return new DataLoader(load, { maxBatchSize: ROWS_IN_A_TURN / ROW_READ });
}
