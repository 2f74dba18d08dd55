import { completePromoCode } from '../../domain/provider/complete-answer.ts';
import type { Provider, ProviderPromoCode } from '../../domain/provider/provider.ts';
import type { WriteRequestOf } from '../../store/writes/write-request.ts';
import type { Gateway } from '../core/gateway.ts';
import { promoCodeReconciliation } from './creation-reconciliation.ts';
import { answeredCreation } from './new-promotion.ts';
import type { ProviderWrite } from './provider-write.ts';

/** The write that creates a promo code, on a coupon that exists or with a discount of its own. */
export function promoCodeCreation(
  gateway: Gateway,
  provider: Provider,
  request: WriteRequestOf<'createPromoCode'>,
): ProviderWrite {
  const { promoCode } = request;
  const answered = (facts: ProviderPromoCode) =>
    answeredCreation(gateway, provider, request, facts, (all) => completePromoCode(all, promoCode));
  const { lookBefore, ...reconciliation } = promoCodeReconciliation(gateway, provider, request, answered);
  return {
    request,
    ...reconciliation,
    lookBefore: async () => ({ ...request, before: request.before ?? (await lookBefore()) }),
    send: async (call) => {
      if (!provider.createPromoCode) throw new Error(`${provider.name} creates no promo codes`);
      return answered(await provider.createPromoCode(promoCode, call));
    },
    afterwards: () => gateway.unknownCodes.forget(provider, promoCode.code),
  };
}
