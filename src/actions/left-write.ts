import type { Provider } from '../promo/provider.ts';
import type { LeftIntent } from '../store/intents.ts';
import { application, canApply } from './apply-use.ts';
import { couponArchival } from './archive-coupon.ts';
import { applicationEnd } from './cancel-redemption.ts';
import { couponCreation } from './create-coupon.ts';
import { promoCodeCreation } from './create-promo-code.ts';
import type { Gateway } from './gateway.ts';
import { ownCouponCreation } from './own-coupon.ts';
import type { Write } from './send-write.ts';
import { couponUpdate } from './update-coupon.ts';
import { promoCodeUpdate } from './update-promo-code.ts';

/**
 * Does something with a write that was left, as the call that sent it would have known it. Null: nothing is known of it
 * that helps, or its provider cannot do it any more.
 */
export function withLeftWrite<Result>(
  gateway: Gateway,
  provider: Provider,
  { request, call }: LeftIntent,
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
