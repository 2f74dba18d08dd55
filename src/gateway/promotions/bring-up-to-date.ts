import type { Promotion } from '../../domain/promotion/promotion.ts';
import { ProviderError } from '../../domain/provider/provider.ts';
import { type Gateway, isFresh, untilNextAsk } from '../core/gateway.ts';
import { refreshPromotion } from '../reading/refresh-promotion.ts';
import { unverifiable } from '../redemption/find-redeemable.ts';

/** Reads a promotion again where what is known of it is too old to judge a use by. Tells how its provider failed. */
export async function bringUpToDate(gateway: Gateway, id: string): Promise<ProviderError | null> {
  const key = gateway.accounts.keyOf(id);
  const provider = key && gateway.accounts.find(key.provider, key.account);
  const known = gateway.store.promotions.get(id, gateway.clock());
  if (!key || !provider || (known && isFresh(gateway, known))) return null;
  // As recent as what is known of others by which a use is judged.
  if (!known && gateway.unknownIds.covers(id, gateway.clock())) return null;
  const period = untilNextAsk(gateway, key.provider);
  try {
    await refreshPromotion(gateway, provider, key);
    if (!gateway.store.promotions.get(id, gateway.clock())) gateway.unknownIds.add(id, period);
    return null;
  } catch (error) {
    if (error instanceof ProviderError) return error;
    throw error;
  }
}

/** The same, and whether what is known of it is recent enough now to judge a use by. */
export async function isUpToDate(gateway: Gateway, { id }: Promotion): Promise<boolean> {
  const failure = await bringUpToDate(gateway, id);
  const promotion = gateway.store.promotions.get(id, gateway.clock());
  return promotion !== null && unverifiable(gateway, promotion, failure) === null;
}
