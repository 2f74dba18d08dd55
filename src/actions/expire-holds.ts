import type { Gateway } from './gateway.ts';
import { publishUse } from './publish-use.ts';

/** Frees the uses of the holds that have run out, and tells those who listen. Cheap where there is none. */
export function expireHolds(gateway: Gateway): void {
  for (const redemption of gateway.store.ledger.releaseExpired(gateway.clock())) publishUse(gateway, redemption);
}
