import { completeCoupon } from '../../domain/provider/complete-answer.ts';
import type { Provider, ProviderCoupon } from '../../domain/provider/provider.ts';
import type { WriteRequestOf } from '../../store/writes/write-request.ts';
import type { Gateway } from '../core/gateway.ts';
import { couponReconciliation } from './creation-reconciliation.ts';
import { answeredCreation } from './new-promotion.ts';
import type { ProviderWrite } from './provider-write.ts';

/** The write that creates a coupon. */
export function couponCreation(
  gateway: Gateway,
  provider: Provider,
  request: WriteRequestOf<'createCoupon'>,
): ProviderWrite {
  const answered = (facts: ProviderCoupon) =>
    answeredCreation(gateway, provider, request, facts, (all) => completeCoupon(all, request.coupon));
  const { lookBefore, ...reconciliation } = couponReconciliation(gateway, provider, request, answered);
  return {
    request,
    ...reconciliation,
    lookBefore: async () => ({ ...request, before: await lookBefore() }),
    send: async (call) => {
      if (!provider.createCoupon) throw new Error(`${provider.name} creates no coupons`);
      return answered(await provider.createCoupon(request.coupon, call));
    },
  };
}
