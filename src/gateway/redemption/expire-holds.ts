import type { Gateway } from '../core/gateway.ts';

/**
 * Ends expired holds and frees their uses. The ledger does the same in each transaction that decides about a use.
 */
export function expireHolds({ store, clock }: Gateway): void {
  store.ledger.releaseExpired(clock());
}

/**
 * Ends expired holds before a request or an event reads them. If the store cannot be written, the request continues and
 * may still show them.
 */
export function tryToExpireHolds(gateway: Gateway): void {
  try {
    expireHolds(gateway);
  } catch (error) {
    gateway.reportBug(error);
  }
}
