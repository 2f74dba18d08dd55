import type { Order } from '../../domain/redemption/redemption.ts';
import { providerFailed, refusal } from '../../domain/redemption/results.ts';
import type { Gateway } from '../core/gateway.ts';
import { bringUpToDate } from '../promotions/bring-up-to-date.ts';
import { keyedCall } from '../writes/idempotency.ts';
import { answering } from '../writes/write.ts';
import { applyUse, earlierApplication } from './apply-to-subscription.ts';
import { unverifiable, unverified } from './find-redeemable.ts';
import type { UseAnswer } from './redeem-promo-code.ts';
import { earlierUse, takeUse } from './take-use.ts';

export interface RedeemCouponRequest {
  couponId: string;
  customerId: string | null;
  order: Order;
  subscriptionId: string | null;
}

/** Redeems straight from a coupon, past the conditions of its promo codes. */
export async function redeemCoupon(
  gateway: Gateway,
  { caller, mayRead, idempotencyKey }: { caller: string; mayRead: boolean; idempotencyKey: string },
  request: RedeemCouponRequest,
): Promise<UseAnswer> {
  return answering(
    'redeemCoupon',
    async (): Promise<UseAnswer> => {
      const call = keyedCall(gateway, { caller, idempotencyKey }, 'redeemCoupon', { ...request });
      const earlier = (await earlierUse(gateway, call)) ?? (await earlierApplication(gateway, call));
      if (earlier) return earlier;
      const key = gateway.accounts.keyOf(request.couponId);
      if (key?.kind !== 'Coupon') return refusal('NOT_FOUND');
      // Who is bound to a customer may not do this.
      const boundTo = null;
      const isOwn = gateway.store.ledger
        .promotionsOf({ caller, boundTo, ...request }, gateway.clock())
        .has(request.couponId);
      const failure = isOwn ? null : await bringUpToDate(gateway, request.couponId);
      const coupon = gateway.store.promotions.getCoupon(request.couponId, gateway.clock());
      if (!coupon) return failure ? unverified(failure) : refusal('NOT_FOUND');
      const old = isOwn ? null : unverifiable(gateway, coupon, failure);
      if (old) return old;
      const { couponId, subscriptionId, ...rest } = request;
      const use = { promotionId: couponId, ...rest, subscriptionId, caller, boundTo, mayRead };
      return subscriptionId === null
        ? takeUse(gateway, use, { taking: { as: 'REDEEMED' }, call })
        : applyUse(gateway, coupon, { ...use, subscriptionId }, call);
    },
    providerFailed,
  );
}
