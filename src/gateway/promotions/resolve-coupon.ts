import type { PromotionKey } from '../../domain/promotion/identity.ts';
import { promotionId } from '../../domain/promotion/identity.ts';
import type { Provider } from '../../domain/provider/provider.ts';
import { type InvalidInput, invalidInput, type NotFound, notFound } from '../../domain/redemption/outcomes.ts';
import type { Gateway } from '../core/gateway.ts';
import { readPromotion } from '../reading/read-promotion.ts';

/** The provider account of a coupon that a write is about to change, or why the coupon cannot be changed. */
export async function resolveCoupon(gateway: Gateway, key: PromotionKey): Promise<Provider | InvalidInput | NotFound> {
  const provider = gateway.accounts.find(key.provider, key.account);
  if (!provider) return invalidInput(['id'], 'UNKNOWN', `belongs to ${key.provider}, which is switched off here`);
  const coupon = await readPromotion(gateway, promotionId(key), 'JUDGED');
  return coupon ? provider : notFound('No such coupon');
}
