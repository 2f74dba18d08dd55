import type { Instant } from '../domain/promotion/promotion.ts';
import { Attempts } from './attempts.ts';
import type { StoreAddress } from './engines/address.ts';
import type { Db, Engine } from './engines/engine.ts';
import { openEngine } from './engines/open-engine.ts';
import { ForgottenCustomers } from './forgotten-customers.ts';
import { PromotionHistory } from './history/promotion-history.ts';
import { ProviderChanges } from './history/provider-changes.ts';
import { AccountWalk } from './lists/account-walk.ts';
import { Turns } from './lists/turns.ts';
import { CountReadings } from './promotions/count-readings.ts';
import { renewNormalizedCodes } from './promotions/normalized-codes.ts';
import { PromotionList } from './promotions/promotion-list.ts';
import { Promotions } from './promotions/promotions.ts';
import { Statuses } from './promotions/statuses.ts';
import { ActiveUses } from './redemptions/active-uses.ts';
import { Ledger } from './redemptions/ledger.ts';
import { LedgerBatches } from './redemptions/ledger-batches.ts';
import { LedgerChangesSaver } from './redemptions/ledger-changes.ts';
import { LedgerFactsLoader } from './redemptions/ledger-facts.ts';
import { RedemptionList } from './redemptions/redemption-list.ts';
import { Redemptions } from './redemptions/redemptions.ts';
import { SubscriptionDiscounts } from './redemptions/subscription-discounts.ts';
import { Refusals } from './refusals.ts';
import { Changes } from './sync/changes.ts';
import { ProviderEvents } from './sync/provider-events.ts';
import { SyncRounds } from './sync/sync-rounds.ts';
import { CreatedHere } from './writes/created-here.ts';
import { IdempotencyKeys } from './writes/idempotency-keys.ts';
import { OrphanCoupons } from './writes/orphan-coupons.ts';
import { PendingCreations } from './writes/pending-creations.ts';
import { PendingWrites } from './writes/pending-writes.ts';

/** The gateway's data. Several processes may have the same store open. */
export interface Store {
  promotions: Promotions;
  promotionList: PromotionList;
  statuses: Statuses;
  redemptions: Redemptions;
  redemptionList: RedemptionList;
  ledger: Ledger;
  activeUses: ActiveUses;
  subscriptionDiscounts: SubscriptionDiscounts;
  idempotencyKeys: IdempotencyKeys;
  pendingWrites: PendingWrites;
  createdHere: CreatedHere;
  orphanCoupons: OrphanCoupons;
  providerEvents: ProviderEvents;
  syncRounds: SyncRounds;
  accountWalk: AccountWalk;
  changes: Changes;
  attempts: Attempts;
  refusals: Refusals;
  forgottenCustomers: ForgottenCustomers;
  promotionHistory: PromotionHistory;
  /** Shares the event loop between callers that read many rows. */
  turns: Turns;
  /** Runs several writes in one transaction. See {@link Engine.transaction}. */
  transaction<Result>(work: (db: Db) => Promise<Result>): Promise<Result>;
  /** The same, for work that nobody waits for: it gives up soon if the store is locked. */
  briefly<Result>(work: (db: Db) => Promise<Result>): Promise<Result>;
  /** Runs reads that all see the same state. */
  snapshot<Result>(work: (db: Db) => Promise<Result>): Promise<Result>;
  /** The time that leases, holds and expiry go by. See {@link Engine.clock}. */
  clock(): Instant;
  /** Why writes fail, as last noticed; null: they succeed. Asks nobody. */
  trouble(): string | null;
  /** Writes a little to detect trouble. */
  probe(): Promise<void>;
  /** How much room the store takes, in bytes, as last measured; null: not yet. Asks nobody. */
  bytes(): number | null;
  /** Measures {@link bytes}. On a server this reads the size of each of its files. */
  measure(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the store and brings it up to date. Creates the file if it is missing.
 * @param address a file, or a database on a server. A text is the name of a file
 * @param warn gets messages for the operator
 * @throws when the store cannot be used, or was written by a newer version of the gateway
 */
export async function openStore(address: StoreAddress | string, warn?: (message: string) => void): Promise<Store> {
  const engine = await openEngine(typeof address === 'string' ? { file: address } : address, warn);
  try {
    await renewNormalizedCodes(engine);
    return storeOver(engine);
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** The store over an open database. */
export function storeOver(engine: Engine): Store {
  const forgottenCustomers = new ForgottenCustomers(engine);
  const turns = new Turns(engine.snapshotsAtOnce);
  const readings = new CountReadings(engine);
  const creations = new PendingCreations(engine);
  const promotionHistory = new PromotionHistory(engine);
  const changes = new ProviderChanges(engine, promotionHistory);
  const promotions = new Promotions(engine, { readings, creations, changes });
  const statuses = new Statuses(engine, turns);
  const idempotencyKeys = new IdempotencyKeys(engine);
  const pendingWrites = new PendingWrites(engine, { idempotencyKeys, creations });
  const activeUses = new ActiveUses(engine);
  const loader = new LedgerFactsLoader(engine, { promotions, readings, idempotencyKeys });
  const batches = new LedgerBatches(engine, loader, new LedgerChangesSaver(engine, { readings, idempotencyKeys }));
  let bytes: number | null = null;
  return {
    promotions,
    idempotencyKeys,
    pendingWrites,
    createdHere: new CreatedHere(engine),
    orphanCoupons: new OrphanCoupons(engine, pendingWrites),
    providerEvents: new ProviderEvents(engine),
    syncRounds: new SyncRounds(engine),
    accountWalk: new AccountWalk(engine),
    changes: new Changes(engine),
    attempts: new Attempts(engine, turns),
    refusals: new Refusals(engine, turns, forgottenCustomers),
    forgottenCustomers,
    promotionHistory,
    turns,
    statuses,
    promotionList: new PromotionList(engine, turns, statuses),
    redemptions: new Redemptions(engine),
    redemptionList: new RedemptionList(engine, turns),
    ledger: new Ledger(engine, { batches, loader, activeUses }),
    activeUses,
    subscriptionDiscounts: new SubscriptionDiscounts(engine, { batches, pendingWrites, activeUses }),
    transaction: (work) => engine.transaction(work),
    briefly: (work) => engine.briefly(work),
    snapshot: (work) => engine.snapshot(work),
    clock: () => engine.clock(),
    trouble: () => engine.trouble(),
    probe: () => engine.probe(),
    bytes: () => bytes,
    measure: async () => {
      bytes = await engine.bytes();
    },
    close: async () => {
      await batches.settled();
      await engine.close();
    },
  };
}
