import type { Promotion } from '../../domain/promotion/promotion.ts';
import type { Gateway } from '../core/gateway.ts';
import { refreshAfterChange } from '../reading/refresh-promotion.ts';

/** What accepting the provider's count changes. */
export interface CountChange {
  promotion: Promotion;
  /** The provider's own count, read just now. */
  provider: number;
  /** The count that the provider's answers and later confirmed uses have proven. */
  proven: number;
  /** Uses redeemed here that the provider has not counted. */
  uncounted: number;
}

/**
 * Reads a promotion and returns what accepting the provider's count would change. Accepting forgets what was proven
 * before, so an operator decides it.
 * @param apply true: accepts the count
 * @returns null for an unknown promotion, or one whose provider is switched off
 * @throws {ProviderError} when the provider cannot be reached
 */
export async function acceptCount(gateway: Gateway, id: string, apply: boolean): Promise<CountChange | null> {
  const { promotions } = gateway.store;
  const key = gateway.accounts.keyOf(id);
  const provider = key && gateway.accounts.find(key.provider, key.account);
  if (!provider) return null;
  await refreshAfterChange(gateway, provider, key);
  const promotion = await promotions.get(id, gateway.clock());
  const counts = await promotions.countsOf(id);
  if (!promotion || !counts) return null;
  if (apply) await promotions.acceptCount(id, counts.provider);
  return { promotion, ...counts };
}
