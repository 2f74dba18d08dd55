import { providerFailed, refusal } from '../promo/answers.ts';
import { ProviderFailure } from '../promo/provider.ts';
import type { Order } from '../promo/redemption.ts';
import { applyUse, earlierApplication } from './apply-use.ts';
import { unverifiable, unverified } from './find-redeemable.ts';
import { type Gateway, isFresh } from './gateway.ts';
import { keyedCall } from './keyed.ts';
import type { UseAnswer } from './redeem-promo-code.ts';
import { refreshPromotion } from './refresh-promotion.ts';
import { earlierUse, takeUse } from './take-use.ts';
import { answering } from './write.ts';

export interface RedeemCouponRequest {
  couponId: string;
  customerId: string | null;
  order: Order;
  subscriptionId: string | null;
}

/** Redeems straight from a coupon, past the conditions of its promo codes. */
export async function redeemCoupon(
  gateway: Gateway,
  { caller, idempotencyKey }: { caller: string; idempotencyKey: string },
  request: RedeemCouponRequest,
): Promise<UseAnswer> {
  return answering(
    'redeemCoupon',
    async (): Promise<UseAnswer> => {
      const call = keyedCall({ caller, idempotencyKey }, 'redeemCoupon', { ...request });
      const earlier = (await earlierUse(gateway, call)) ?? (await earlierApplication(gateway, call));
      if (earlier) return earlier;
      const key = gateway.accounts.keyOf(request.couponId);
      if (key?.kind !== 'Coupon') return refusal('NOT_FOUND');
      const failure = await bringUpToDate(gateway, request.couponId);
      const coupon = gateway.store.promotions.getCoupon(request.couponId, gateway.clock());
      if (!coupon) return failure ? unverified(failure) : refusal('NOT_FOUND');
      const old = unverifiable(gateway, coupon, failure);
      if (old) return old;
      const { couponId, subscriptionId, ...rest } = request;
      const use = { promotionId: couponId, ...rest, subscriptionId, caller };
      return subscriptionId === null
        ? takeUse(gateway, use, { taking: { as: 'REDEEMED' }, call })
        : applyUse(gateway, coupon, { ...use, subscriptionId }, call);
    },
    providerFailed,
  );
}

async function bringUpToDate(gateway: Gateway, couponId: string): Promise<ProviderFailure | null> {
  const key = gateway.accounts.keyOf(couponId);
  const provider = key && gateway.accounts.find(key.provider, key.account);
  const held = gateway.store.promotions.getCoupon(couponId, gateway.clock());
  if (!key || !provider || (held && isFresh(gateway, held))) return null;
  try {
    await refreshPromotion(gateway, provider, key);
    return null;
  } catch (error) {
    if (error instanceof ProviderFailure) return error;
    throw error;
  }
}
