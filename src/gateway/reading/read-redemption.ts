import type { Redemption } from '../../domain/redemption/redemption.ts';
import { inSpan } from '../../telemetry/span.ts';
import type { Gateway } from '../core/gateway.ts';
import { expireHolds } from '../redemption/expire-holds.ts';

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
