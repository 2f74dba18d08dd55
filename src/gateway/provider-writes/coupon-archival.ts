import type { Provider } from '../../domain/provider/provider.ts';
import type { WriteRequestOf } from '../../store/writes/write-request.ts';
import type { Gateway } from '../core/gateway.ts';
import { type PromotionChange, promotionChange } from './promotion-change.ts';

/** The write that archives a coupon. An archived coupon stays archived. */
export function couponArchival(
  gateway: Gateway,
  provider: Provider,
  request: WriteRequestOf<'archiveCoupon'>,
): PromotionChange {
  return promotionChange(gateway, provider, request, {
    send: (providerId, call) => provider.archiveCoupon?.(providerId, call),
    isDone: (current) => current === null || !current.active,
  });
}
