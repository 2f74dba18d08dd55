import { Attempts } from './attempts.ts';
import { AccountWalk } from './lists/account-walk.ts';
import type { Turns } from './lists/turns.ts';
import { CountReadings } from './promotions/count-readings.ts';
import { CreatedHere } from './promotions/created-here.ts';
import { OrphanCoupons } from './promotions/orphan-coupons.ts';
import { PromotionList } from './promotions/promotion-list.ts';
import { Promotions } from './promotions/promotions.ts';
import { Statuses } from './promotions/statuses.ts';
import { ActiveUses } from './redemptions/active-uses.ts';
import { Ledger } from './redemptions/ledger.ts';
import { RedemptionList } from './redemptions/redemption-list.ts';
import { Redemptions } from './redemptions/redemptions.ts';
import { SubscriptionDiscounts } from './redemptions/subscription-discounts.ts';
import { Uses } from './redemptions/uses.ts';
import { Sequence } from './sequence.ts';
import { Database } from './sqlite/database.ts';
import { GroupCommit } from './sqlite/group-commit.ts';
import { Changes } from './sync/changes.ts';
import { ProviderEvents } from './sync/provider-events.ts';
import { SyncRounds } from './sync/sync-rounds.ts';
import { IdempotencyKeys } from './writes/idempotency-keys.ts';
import { PendingCreations } from './writes/pending-creations.ts';
import { PendingWrites } from './writes/pending-writes.ts';

/** The gateway's data, in one SQLite file. Several processes may have the same file open. */
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
  /** Shares the event loop between callers that read many rows. */
  turns: Turns;
  /** Runs several writes in one transaction. */
  transaction<Result>(work: () => Result): Result;
  /** Runs writes that may fail fast on a locked file, so that no request waits for them. */
  briefly<Result>(work: () => Result): Result;
  /** Why writes fail, as last noticed; null: they succeed. Does not touch the file. */
  trouble(): string | null;
  /** Writes a little to detect trouble. */
  probe(): void;
  close(): void;
}

/**
 * Opens the store, and creates the file if it is missing.
 * @param warn gets a message if other users can read it
 * @throws when the file cannot be opened, or was written by a newer version of the gateway
 */
export async function openStore(file: string, warn?: (message: string) => void): Promise<Store> {
  const database = await Database.open(file, warn);
  const commits = new GroupCommit(database);
  const sequence = new Sequence(database);
  const readings = new CountReadings(database);
  const creations = new PendingCreations(database);
  const promotions = new Promotions(database, { sequence, readings, creations });
  const statuses = new Statuses(database);
  const idempotencyKeys = new IdempotencyKeys(database, sequence);
  const pendingWrites = new PendingWrites(database, { idempotencyKeys, sequence, creations });
  const uses = new Uses(database, { sequence, readings });
  const activeUses = new ActiveUses(database);
  const ledger = new Ledger(commits, promotions, idempotencyKeys, uses, activeUses);
  return {
    promotions,
    idempotencyKeys,
    pendingWrites,
    createdHere: new CreatedHere(database),
    orphanCoupons: new OrphanCoupons(database, pendingWrites),
    providerEvents: new ProviderEvents(database),
    syncRounds: new SyncRounds(database, sequence),
    accountWalk: new AccountWalk(database),
    changes: new Changes(database),
    attempts: new Attempts(database),
    turns: database.turns,
    statuses,
    promotionList: new PromotionList(database, statuses),
    redemptions: new Redemptions(uses),
    redemptionList: new RedemptionList(database),
    ledger,
    activeUses,
    subscriptionDiscounts: new SubscriptionDiscounts({ database, commits, ledger, pendingWrites, uses, activeUses }),
    trouble: () => database.trouble,
    probe: () => database.probe(),
    transaction: (work) => database.transaction(work),
    briefly: (work) => database.briefly(work),
    close: () => {
      commits.flush();
      database.close();
    },
  };
}
