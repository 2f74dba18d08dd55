import DataLoader from 'dataloader';
import type { Caller, Scope } from '../access/caller.ts';
import { expireHolds } from '../actions/expire-holds.ts';
import { type Gateway, within } from '../actions/gateway.ts';
import { readPromotions } from '../actions/read-promotion.ts';
import { readRedemptions } from '../actions/read-redemption.ts';
import type { Trier } from '../actions/try-code.ts';
import type { Instant, Promotion } from '../promo/promotion.ts';
import type { Redemption } from '../promo/redemption.ts';
import { Caching } from './caching.ts';

/** What a resolver works with. One for a request: loaders remember what they have loaded. */
export interface RequestContext {
  gateway: Gateway;
  /** Whose idempotency keys and orders these are. */
  caller: string;
  /** The caller as it tries codes out. */
  who: Trier;
  /** What the caller may do. */
  scopes: ReadonlySet<Scope>;
  /** Until when; null: for ever. */
  until: Instant | null;
  load: Loaders;
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
  { name: caller, scopes, reach, until }: Caller,
  address: string | null,
): RequestContext {
  const gateway = within(whole, reach);
  const caching = new Caching(gateway);
  return {
    gateway,
    caller,
    who: { caller, mayRead: scopes.has('read'), address },
    scopes,
    until,
    caching,
    outcomes: [],
    load: {
      promotion: new DataLoader((ids) => readPromotions(gateway, ids, 'CACHED')),
      heldPromotion: new DataLoader(async (ids) => {
        expireHolds(gateway);
        return gateway.store.promotions.getMany(ids, gateway.clock());
      }),
      redemption: new DataLoader(async (ids) => {
        caching.forbid();
        return readRedemptions(gateway, ids);
      }),
    },
  };
}
