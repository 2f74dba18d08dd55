import type { Provider } from '../../domain/provider/provider.ts';
import type { PendingWrite } from '../../store/writes/pending-writes.ts';
import type { Gateway } from '../core/gateway.ts';
import { couponArchival } from '../promotions/archive-coupon.ts';
import { couponCreation } from '../promotions/create-coupon.ts';
import { promoCodeCreation } from '../promotions/create-promo-code.ts';
import { ownCouponCreation } from '../promotions/own-coupon.ts';
import { couponUpdate } from '../promotions/update-coupon.ts';
import { promoCodeUpdate } from '../promotions/update-promo-code.ts';
import { application, canApply } from '../redemption/apply-to-subscription.ts';
import { applicationEnd } from '../redemption/cancel-redemption.ts';
import type { Write } from './send-write.ts';

/**
 * Does something with a write that was left, as the call that sent it would have known it. Null: nothing is known of it
 * that helps, or its provider cannot do it any more.
 */
export function withLeftWrite<Result>(
  gateway: Gateway,
  provider: Provider,
  { request, call }: PendingWrite,
  work: <Answer>(write: Write<Answer>) => Promise<Result>,
): Promise<Result> | null {
  switch (request?.operation) {
    case 'createCoupon':
      return work(couponCreation(gateway, provider, request));
    case 'createPromoCode':
      return work(promoCodeCreation(gateway, provider, request));
    case 'createPromoCode.coupon':
      return work(ownCouponCreation(gateway, provider, call, request));
    case 'updatePromoCode':
      return work(promoCodeUpdate(gateway, provider, request));
    case 'updateCoupon':
      return work(couponUpdate(gateway, provider, request));
    case 'archiveCoupon':
      return work(couponArchival(gateway, provider, request));
    case 'applyToSubscription':
      return canApply(provider) ? work(application(gateway, provider, request)) : null;
    case 'removeFromSubscription':
      return work(applicationEnd(gateway, provider, request));
    case undefined:
      return null;
  }
}
