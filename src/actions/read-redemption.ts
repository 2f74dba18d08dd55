import type { Redemption } from '../promo/redemption.ts';
import { inSpan } from '../tracing/span.ts';
import { expireHolds } from './expire-holds.ts';
import type { Gateway } from './gateway.ts';

/** Several redemptions at once, each in its own slot; null for what is not one, or is out of the caller's reach. */
export function readRedemptions(gateway: Gateway, ids: readonly string[]): (Redemption | null)[] {
  return inSpan('readRedemptions', {}, () => {
    expireHolds(gateway);
    return gateway.store.redemptions.getMany(ids).map((one) => (one && isWithinReach(gateway, one) ? one : null));
  });
}

/** Whether a redemption is of an account that the caller may use. */
export function isWithinReach({ accounts }: Gateway, { promotionId }: Redemption): boolean {
  return accounts.keyOf(promotionId) !== null;
}
