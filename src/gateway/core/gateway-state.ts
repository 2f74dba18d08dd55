import type { GatewayState } from '../../telemetry/gauges.ts';
import type { Gateway } from './gateway.ts';
import { storeFailureOf } from './store-failure.ts';

/** True while writes to the store succeed, as last noticed. Cheap: does not touch the file. */
export function isWritable({ store }: Gateway): boolean {
  return store.trouble() === null;
}

/** The state of the gateway that the metrics report at each scrape. */
export function stateOf({ accounts, store, clock }: Gateway): GatewayState {
  return {
    providers: () => accounts.names(),
    health: (provider) => accounts.state(provider),
    queue: (provider) => accounts.report(provider),
    openHolds: () => ifReadable(store.redemptionList.holds(clock())),
    writesInDoubt: (provider) => ifReadable(store.pendingWrites.countInDoubt(provider, clock())),
  };
}

/** Null if the store fails: the metrics that do not need it are important then. */
async function ifReadable(measuring: Promise<number>): Promise<number | null> {
  try {
    return await measuring;
  } catch (error) {
    if (storeFailureOf(error)) return null;
    throw error;
  }
}
