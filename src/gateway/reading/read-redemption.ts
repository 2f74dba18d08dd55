import type { Redemption } from '../../domain/redemption/redemption.ts';
import { inSpan } from '../../telemetry/span.ts';
import type { Gateway } from '../core/gateway.ts';

/** Redemptions in the order of their ids; null for an unknown one, or one outside the caller's account scope. */
export function readRedemptions(gateway: Gateway, ids: readonly string[]): Promise<(Redemption | null)[]> {
  return inSpan('readRedemptions', {}, async () => {
    const redemptions = await gateway.store.redemptions.getMany(ids, gateway.clock());
    return redemptions.map((one) => (one && isInCallersScope(gateway, one) ? one : null));
  });
}

/** True if a redemption belongs to an account that the caller may see. */
export function isInCallersScope({ accounts }: Gateway, { promotionId }: Redemption): boolean {
  return accounts.keyOf(promotionId) !== null;
}
