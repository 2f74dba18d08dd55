import { completeCoupon } from '../../domain/provider/complete-answer.ts';
import type { Provider, ProviderCoupon } from '../../domain/provider/provider.ts';
import type { WriteRequestOf } from '../../store/writes/write-request.ts';
import { accountOf } from '../core/accounts.ts';
import type { Gateway } from '../core/gateway.ts';
import { couponReconciliation } from './creation-reconciliation.ts';
import { asNew } from './new-promotion.ts';
import type { Answered, ProviderWrite } from './provider-write.ts';

/** The write that creates a coupon. */
export function couponCreation(
  gateway: Gateway,
  provider: Provider,
  request: WriteRequestOf<'createCoupon'>,
): ProviderWrite {
  const { promotions } = gateway.store;
  const answered = (facts: ProviderCoupon): Answered => ({
    record: (moment) => {
      const metadata = facts.metadata === undefined ? request.metadata : facts.metadata;
      const made = completeCoupon({ ...facts, metadata }, request.coupon);
      const id = promotions.save(accountOf(provider), asNew(made, moment), moment);
      promotions.setRules(id, request.rules, moment.sentAt);
      if (facts.metadata === undefined) promotions.setMetadata(id, request.metadata, moment.sentAt);
      return id;
    },
  });
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
