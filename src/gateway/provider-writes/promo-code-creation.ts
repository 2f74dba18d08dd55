import { completePromoCode } from '../../domain/provider/complete-answer.ts';
import type { Provider, ProviderPromoCode } from '../../domain/provider/provider.ts';
import type { WriteRequestOf } from '../../store/writes/write-request.ts';
import { accountOf } from '../core/accounts.ts';
import type { Gateway } from '../core/gateway.ts';
import { promoCodeReconciliation } from './creation-reconciliation.ts';
import { asNew } from './new-promotion.ts';
import type { Answered, ProviderWrite } from './provider-write.ts';

/** The write that creates a promo code, on a coupon that exists or with a discount of its own. */
export function promoCodeCreation(
  gateway: Gateway,
  provider: Provider,
  request: WriteRequestOf<'createPromoCode'>,
): ProviderWrite {
  const { promotions } = gateway.store;
  const { promoCode } = request;
  const answered = (facts: ProviderPromoCode): Answered => ({
    record: (moment) => {
      const metadata = facts.metadata === undefined ? request.metadata : facts.metadata;
      const made = completePromoCode({ ...facts, metadata }, promoCode);
      const id = promotions.save(accountOf(provider), asNew(made, moment), moment);
      promotions.setRules(id, request.rules, moment.sentAt);
      if (facts.metadata === undefined) promotions.setMetadata(id, request.metadata, moment.sentAt);
      return id;
    },
  });
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
