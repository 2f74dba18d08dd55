import { Attempts } from './attempts.ts';
import { AccountWalk } from './lists/account-walk.ts';
import type { Turns } from './lists/turns.ts';
import { CountReadings } from './promotions/count-readings.ts';
import { LeftOverCoupons } from './promotions/left-over-coupons.ts';
import { MadeHere } from './promotions/made-here.ts';
import { PromotionList } from './promotions/promotion-list.ts';
import { Promotions } from './promotions/promotions.ts';
import { Statuses } from './promotions/statuses.ts';
import { Applications } from './redemptions/applications.ts';
import { Ledger } from './redemptions/ledger.ts';
import { RedemptionList } from './redemptions/redemption-list.ts';
import { Redemptions } from './redemptions/redemptions.ts';
import { StandingUses } from './redemptions/standing-uses.ts';
import { Uses } from './redemptions/uses.ts';
import { Sequence } from './sequence.ts';
import { Database } from './sqlite/database.ts';
import { GroupCommit } from './sqlite/group-commit.ts';
import { Changes } from './sync/changes.ts';
import { ProviderEvents } from './sync/provider-events.ts';
import { SyncRounds } from './sync/sync-rounds.ts';
import { Intents } from './writes/intents.ts';
import { Keys } from './writes/keys.ts';
import { OpenCreations } from './writes/open-creations.ts';

/** What the gateway remembers, in one SQLite file. Several processes may have the same file open. */
export interface Store {
  promotions: Promotions;
  promotionList: PromotionList;
  statuses: Statuses;
  redemptions: Redemptions;
  redemptionList: RedemptionList;
  ledger: Ledger;
  standing: StandingUses;
  applications: Applications;
  keys: Keys;
  intents: Intents;
  madeHere: MadeHere;
  leftOverCoupons: LeftOverCoupons;
  providerEvents: ProviderEvents;
  syncRounds: SyncRounds;
  accountWalk: AccountWalk;
  changes: Changes;
  attempts: Attempts;
  /** Shares the event loop between those who read many rows. */
  turns: Turns;
  /** Runs several writes as one. */
  transaction<Result>(work: () => Result): Result;
  /** Runs writes that can wait for later, so that no request waits with them while another program has the file. */
  briefly<Result>(work: () => Result): Result;
  /** Why writes fail, as far as it has been noticed; null: they do not. Touches no file. */
  trouble(): string | null;
  /** Writes a little, to notice it. */
  probe(): void;
  close(): void;
}

/**
 * Opens the store, making the file if need be.
 * @param warn gets a message if other users can read it
 * @throws when the file cannot be opened, or was written by a newer version of the gateway
 */
export async function openStore(file: string, warn?: (message: string) => void): Promise<Store> {
  const database = await Database.open(file, warn);
  const commits = new GroupCommit(database);
  const sequence = new Sequence(database);
  const readings = new CountReadings(database);
  const creations = new OpenCreations(database);
  const promotions = new Promotions(database, { sequence, readings, creations });
  const statuses = new Statuses(database);
  const keys = new Keys(database, sequence);
  const intents = new Intents(database, { keys, sequence, creations });
  const uses = new Uses(database, { sequence, readings });
  const standing = new StandingUses(database);
  const ledger = new Ledger(commits, promotions, keys, uses, standing);
  return {
    promotions,
    keys,
    intents,
    madeHere: new MadeHere(database),
    leftOverCoupons: new LeftOverCoupons(database, intents),
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
    standing,
    applications: new Applications({ database, commits, ledger, intents, uses, standing }),
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
