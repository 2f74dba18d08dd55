import type { Provider } from '../../domain/provider/provider.ts';
import type { PendingWrite } from '../../store/writes/pending-write-row.ts';
import type { Gateway } from '../core/gateway.ts';
import { couponArchival } from './coupon-archival.ts';
import { couponCreation } from './coupon-creation.ts';
import { couponUpdate } from './coupon-update.ts';
import { ownCouponCreation } from './own-coupon-creation.ts';
import { promoCodeCreation } from './promo-code-creation.ts';
import { promoCodeUpdate } from './promo-code-update.ts';
import type { ProviderWrite } from './provider-write.ts';
import { canApply, discountApplication, discountRemoval } from './subscription-discount.ts';

/**
 * Builds the write from a stored pending write. Null: another version of the gateway stored the request, or
 * the provider no longer supports it.
 */
export function writeOf(
  gateway: Gateway,
  provider: Provider,
  { request, call }: Pick<PendingWrite, 'request' | 'call'>,
): ProviderWrite | null {
  switch (request?.operation) {
    case 'createCoupon':
      return couponCreation(gateway, provider, request);
    case 'createPromoCode':
      return promoCodeCreation(gateway, provider, request);
    case 'createPromoCode.coupon':
      return ownCouponCreation(gateway, provider, call, request);
    case 'updatePromoCode':
      return promoCodeUpdate(gateway, provider, request);
    case 'updateCoupon':
      return couponUpdate(gateway, provider, request);
    case 'archiveCoupon':
      return couponArchival(gateway, provider, request);
    case 'applyToSubscription':
      return canApply(provider) ? discountApplication(gateway, provider, request) : null;
    case 'removeFromSubscription':
      return discountRemoval(gateway, provider, request);
    case undefined:
      return null;
  }
}
