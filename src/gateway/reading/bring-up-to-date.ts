import type { Promotion } from '../../domain/promotion/promotion.ts';
import { ProviderError } from '../../domain/provider/provider-error.ts';
import { type Gateway, isFresh, untilNextCall } from '../core/gateway.ts';
import { refreshPromotion } from './refresh-promotion.ts';
import { unverifiable } from './unverifiable.ts';

/**
 * Reads a promotion again if it is too old to judge a use by.
 * @returns how its provider failed; null if it did not
 */
export async function bringUpToDate(gateway: Gateway, id: string): Promise<ProviderError | null> {
  const key = gateway.accounts.keyOf(id);
  const provider = key && gateway.accounts.find(key.provider, key.account);
  const known = await gateway.store.promotions.get(id, gateway.clock());
  if (!key || !provider || (known && isFresh(gateway, known))) return null;
  if (!known && gateway.unknownIds.covers(id, gateway.clock())) return null;
  const period = untilNextCall(gateway, key.provider);
  try {
    await refreshPromotion(gateway, provider, key);
    if (!(await gateway.store.promotions.get(id, gateway.clock()))) gateway.unknownIds.add(id, period);
    return null;
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
}

/** Does the same, and returns whether the promotion is now recent enough to judge a use by. */
export async function refreshedInTime(gateway: Gateway, { id }: Promotion): Promise<boolean> {
  const failure = await bringUpToDate(gateway, id);
  const promotion = await gateway.store.promotions.get(id, gateway.clock());
  return promotion !== null && unverifiable(gateway, promotion, failure) === null;
}
