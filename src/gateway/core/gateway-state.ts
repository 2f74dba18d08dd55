import type { GatewayState } from '../../telemetry/gauges.ts';
import { canSynchronise } from '../sync/synchronise.ts';
import { type Account, accountOf } from './accounts.ts';
import type { Gateway } from './gateway.ts';
import { storeFailureOf } from './store-failure.ts';

/** True while writes to the store succeed, as last noticed. Cheap: does not touch the file. */
export function isWritable({ store }: Gateway): boolean {
  return store.trouble() === null;
}

/** The state of the gateway that the metrics report at each scrape. */
export function stateOf({ accounts, store, clock, syncEveryMs }: Gateway): GatewayState {
  const synchronised = syncEveryMs > 0 ? accounts.all().filter(canSynchronise).map(accountOf) : [];
  const lastSync = async (account: Account) => ({ ...account, at: await store.syncRounds.finishedAt(account) });
  return {
    providers: () => accounts.names(),
    health: (provider) => accounts.state(provider),
    queue: (provider) => accounts.report(provider),
    openHolds: () => ifReadable(store.redemptionList.holds(clock())),
    writesInDoubt: (provider) => ifReadable(store.pendingWrites.countInDoubt(provider, clock())),
    lastSyncs: () => ifReadable(Promise.all(synchronised.map(lastSync))),
    storeBytes: () => store.bytes(),
  };
}

/** Null if the store fails: the metrics that do not need it are important then. */
async function ifReadable<Value>(measuring: Promise<Value>): Promise<Value | null> {
  try {
    return await measuring;
  } catch (error) {
    if (storeFailureOf(error)) return null;
    throw error;
  }
}
