import type { Gateway } from '../core/gateway.ts';

/**
 * Ends the holds that have run out, and frees their uses. The ledger does the same in each transaction that decides about
 * a use.
 */
export function expireHolds({ store, clock }: Gateway): void {
  store.ledger.releaseExpired(clock());
}

/**
 * The same before a request or an event reads. If the store cannot be written, the request goes on: it shows these holds
 * a little longer.
 */
export function tryToExpireHolds(gateway: Gateway): void {
  try {
    expireHolds(gateway);
  } catch (error) {
    gateway.reportBug(error);
  }
}
