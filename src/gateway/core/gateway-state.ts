import type { GatewayState } from '../../telemetry/gauges.ts';
import type { Gateway } from './gateway.ts';

/** The state of the gateway that the metrics report at each scrape. */
export function stateOf({ accounts, store, clock }: Gateway): GatewayState {
  return {
    providers: () => accounts.names(),
    health: (provider) => accounts.state(provider),
    queue: (provider) => accounts.report(provider),
    openHolds: () => store.redemptionList.holds(),
    writesInDoubt: (provider) => store.pendingWrites.countInDoubt(provider, clock()),
  };
}
