import type { GatewayState } from '../../telemetry/gauges.ts';
import type { Gateway } from './gateway.ts';

/** What the metrics report of a gateway at each scrape. */
export function stateOf({ accounts, store, clock }: Gateway): GatewayState {
  return {
    providers: () => accounts.names(),
    health: (provider) => accounts.state(provider),
    queue: (provider) => accounts.report(provider),
    openHolds: () => store.redemptionList.holds(),
    writesInDoubt: (provider) => store.pendingWrites.countInDoubt(provider, clock()),
  };
}
