import type { Promotion } from '../../domain/promotion/promotion.ts';
import type { Gateway } from '../core/gateway.ts';
import { refreshAfterChange } from '../reading/refresh-promotion.ts';

/** What accepting the provider's number changes. */
export interface CountChange {
  promotion: Promotion;
  /** The provider's own count, read just now. */
  provider: number;
  /** What its answers and the uses confirmed since have proven. */
  proven: number;
  /** Redeemed here, and counted by no provider. */
  uncounted: number;
}

/**
 * Reads a promotion and returns what would change if the provider's count were taken for the truth. `apply` changes it:
 * what was proven before is forgotten, and an operator answers for it.
 * @returns null for a promotion that is not known, or whose provider is switched off
 * @throws {ProviderError} when the provider cannot be asked
 */
export async function acceptCount(gateway: Gateway, id: string, apply: boolean): Promise<CountChange | null> {
  const { promotions } = gateway.store;
  const key = gateway.accounts.keyOf(id);
  const provider = key && gateway.accounts.find(key.provider, key.account);
  if (!provider) return null;
  await refreshAfterChange(gateway, provider, key);
  const [promotion, counts] = [promotions.get(id, gateway.clock()), promotions.countsOf(id)];
  if (!promotion || !counts) return null;
  if (apply) promotions.acceptCount(id, counts.provider);
  return { promotion, ...counts };
}
