import { parsePromotionId, promotionId } from '../promo/identity.ts';
import type { Promotion, ProviderName } from '../promo/promotion.ts';
import { expireHolds } from './expire-holds.ts';
import { type Gateway, isFresh } from './gateway.ts';
import { refreshPromotion } from './refresh-promotion.ts';

/** Where a read may take its answer from: the cache while it is fresh, the provider now, or the cache alone. */
export type ReadPolicy = 'CACHED' | 'FRESH' | 'CACHE_ONLY';

/**
 * A promo code or coupon by id; null for an id that nobody knows or that is not one. While the provider is out of
 * reach, what is held is served, however old.
 * @throws {ProviderFailure} when the provider is out of reach and nothing is held
 */
export async function readPromotion(gateway: Gateway, id: string, policy: ReadPolicy): Promise<Promotion | null> {
  const key = parsePromotionId(id);
  if (!key) return null;
  expireHolds(gateway);
  const held = gateway.store.promotions.get(id, gateway.clock());
  if (policy === 'CACHE_ONLY' || (policy === 'CACHED' && held && isFresh(gateway, held))) return held;
  const provider = gateway.accounts.find(key.provider, key.account);
  if (!provider) return held;
  try {
    await refreshPromotion(gateway, provider, key);
  } catch (error) {
    if (!held) throw error;
  }
  return gateway.store.promotions.get(id, gateway.clock());
}

/**
 * The same by the provider's own id; without an account, of the provider's first.
 * @throws {ProviderFailure} when the provider is out of reach and nothing is held
 */
export async function readByProviderId(
  gateway: Gateway,
  wanted: { kind: 'PromoCode' | 'Coupon'; provider: ProviderName; account: string | undefined; providerId: string },
  policy: ReadPolicy,
): Promise<Promotion | null> {
  const account = wanted.account ?? gateway.accounts.find(wanted.provider)?.account;
  if (account === undefined || wanted.providerId === '' || account === '') return null;
  return readPromotion(gateway, promotionId({ ...wanted, account }), policy);
}
