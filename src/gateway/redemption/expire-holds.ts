import type { Gateway } from '../core/gateway.ts';

/** Frees the uses of the holds that have run out. Cheap where there is none. */
export function expireHolds(gateway: Gateway): void {
  gateway.store.ledger.releaseExpired(gateway.clock());
}
