import { refusal } from '../../domain/redemption/outcomes.ts';
import type { Order } from '../../domain/redemption/redemption.ts';
import type { Gateway } from '../core/gateway.ts';
import { bringUpToDate } from '../reading/bring-up-to-date.ts';
import { unverifiable, unverified } from '../reading/unverifiable.ts';
import { recordRefusal } from '../refusals/record-refusal.ts';
import { keyedCall } from '../writes/idempotency.ts';
import { applyToSubscription } from './apply-to-subscription.ts';
import { earlierAnswer } from './earlier-answer.ts';
import type { UseAnswer } from './redeem-promo-code.ts';
import type { KeyedRedeemer } from './redeemer.ts';
import { takeUse } from './take-use.ts';

export interface RedeemCouponRequest {
  couponId: string;
  customerId: string | null;
  order: Order;
  subscriptionId: string | null;
}

type CouponRedeemer = Pick<KeyedRedeemer, 'caller' | 'mayRead' | 'idempotencyKey' | 'requestId'>;

/** Callers that are bound to a customer may not redeem coupons, so the caller here is not bound. */
const UNBOUND = null;

/**
 * Redeems a coupon without a promo code. The conditions of its promo codes do not apply.
 * @throws {ProviderError}
 */
export async function redeemCoupon(
  gateway: Gateway,
  redeemer: CouponRedeemer,
  request: RedeemCouponRequest,
): Promise<UseAnswer> {
  const answer = await redeem(gateway, redeemer, request);
  if (answer.kind === 'REFUSED') {
    const { couponId: promotionId, customerId, order } = request;
    const use = { operation: 'REDEEM_COUPON', code: null, promotionId, customerId, orderId: order.id } as const;
    recordRefusal(gateway, redeemer, use, answer);
  }
  return answer;
}

async function redeem(
  gateway: Gateway,
  { caller, mayRead, idempotencyKey }: CouponRedeemer,
  request: RedeemCouponRequest,
): Promise<UseAnswer> {
  const call = keyedCall(gateway, { caller, idempotencyKey }, 'redeemCoupon', { ...request });
  const earlier = await earlierAnswer(
    gateway,
    call,
    request.subscriptionId === null ? undefined : 'applyToSubscription',
  );
  if (earlier) return earlier;

  const { couponId, customerId, order, subscriptionId } = request;
  const { ledger, promotions } = gateway.store;
  if (gateway.accounts.keyOf(couponId)?.kind !== 'Coupon') return refusal('NOT_FOUND');
  const own = await ledger.promotionsOf({ caller, boundTo: UNBOUND, customerId, order }, gateway.clock());
  const isOwn = own.has(couponId);
  const failure = isOwn ? null : await bringUpToDate(gateway, couponId);
  const coupon = await promotions.getCoupon(couponId, gateway.clock());
  if (!coupon) return failure ? unverified(failure) : refusal('NOT_FOUND');
  const old = isOwn ? null : unverifiable(gateway, coupon, failure);
  if (old) return old;

  const use = { promotionId: couponId, customerId, order, subscriptionId, caller, boundTo: UNBOUND, mayRead };
  return subscriptionId === null
    ? takeUse(gateway, use, { mode: { as: 'REDEEMED' }, call })
    : applyToSubscription(gateway, coupon, { ...use, subscriptionId }, call);
}
