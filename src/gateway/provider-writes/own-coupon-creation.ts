import type { IdempotencyKey } from '../../domain/ledger/idempotency-key.ts';
import { completeCoupon } from '../../domain/provider/complete-answer.ts';
import type { Provider, ProviderCoupon } from '../../domain/provider/provider.ts';
import type { WriteRequestOf } from '../../store/writes/write-request.ts';
import { accountOf } from '../core/accounts.ts';
import type { Gateway } from '../core/gateway.ts';
import { couponReconciliation } from './creation-reconciliation.ts';
import { asNew } from './new-promotion.ts';
import type { Answered, ProviderWrite } from './provider-write.ts';

/** The write that creates the coupon of a promo code with a discount of its own. */
export function ownCouponCreation(
  gateway: Gateway,
  provider: Provider,
  call: IdempotencyKey,
  request: WriteRequestOf<'createPromoCode.coupon'>,
): ProviderWrite {
  const { promotions, pendingWrites } = gateway.store;
  const { coupon, code } = request;
  const account = accountOf(provider);
  const answered = (facts: ProviderCoupon): Answered => ({
    record: async (moment, db) => {
      const couponId = await promotions.save(account, asNew(completeCoupon(facts, coupon), moment), moment, db);
      await pendingWrites.recordCoupon({ ...account, call }, { code, couponId }, gateway.clock(), db);
      return couponId;
    },
  });
  const { lookBefore, ...reconciliation } = couponReconciliation(gateway, provider, request, answered);
  return {
    request,
    ...reconciliation,
    isPart: true,
    lookBefore: async () => ({ ...request, before: await lookBefore() }),
    send: async (sending) => {
      if (!provider.createCoupon) throw new Error(`${provider.name} creates no coupons`);
      return answered(await provider.createCoupon(coupon, sending));
    },
  };
}
