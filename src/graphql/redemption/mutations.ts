import { asAnswer } from '../../gateway/core/as-answer.ts';
import { cancelRedemption } from '../../gateway/redemption/cancel-redemption.ts';
import { confirmRedemption } from '../../gateway/redemption/confirm-redemption.ts';
import { holdPromoCode } from '../../gateway/redemption/hold-promo-code.ts';
import { redeemCoupon } from '../../gateway/redemption/redeem-coupon.ts';
import { redeemPromoCode } from '../../gateway/redemption/redeem-promo-code.ts';
import { builder } from '../builder.ts';
import { OPERATOR_AND_PERSONAL, PERSONAL } from '../federation/directives.ts';
import { acceptInput } from '../shared/input-error.ts';
import { compact } from '../shared/input-values.ts';
import { customerFor } from './customer-for.ts';
import {
  CancelRedemptionInput,
  ConfirmRedemptionInput,
  HoldPromoCodeInput,
  RedeemCouponInput,
  RedeemPromoCodeInput,
} from './inputs.ts';
import { toOrder } from './order.ts';
import { RedeemResult, SettleRedemptionResult } from './results.ts';

builder.mutationFields((t) => ({
  redeemPromoCode: t.field({
    directives: { tag: PERSONAL },
    type: RedeemResult,
    nullable: true,
    description:
      'Redeems a promo code for an order, once. A hold of the order becomes the redemption, even if the code has expired or was switched off since, or its provider cannot be reached. If the order has redeemed the code before, the result is that redemption with its discount.',
    args: { input: t.arg({ type: RedeemPromoCodeInput, required: true, description: 'The code and the order.' }) },
    resolve: async (_, { input }, context) => {
      const { idempotencyKey, order, subscriptionId = null, ...code } = compact(input);
      const customerId = customerFor(context, input.customerId);
      const request = { ...code, customerId, order: toOrder(order), subscriptionId };
      const redeemer = { ...context.redeemer, idempotencyKey };
      return acceptInput(await asAnswer('redeemPromoCode', () => redeemPromoCode(context.gateway, redeemer, request)));
    },
  }),
  redeemCoupon: t.field({
    directives: OPERATOR_AND_PERSONAL,
    type: RedeemResult,
    nullable: true,
    description:
      'Redeems a coupon directly, within its own limit and without the conditions of its promo codes. For the merchant.',
    args: { input: t.arg({ type: RedeemCouponInput, required: true, description: 'The coupon and the order.' }) },
    resolve: async (_, { input }, context) => {
      const { couponId, idempotencyKey, order, subscriptionId = null } = compact(input);
      const customerId = customerFor(context, input.customerId);
      const request = { couponId, customerId, order: toOrder(order), subscriptionId };
      const redeemer = { ...context.redeemer, idempotencyKey };
      return acceptInput(await asAnswer('redeemCoupon', () => redeemCoupon(context.gateway, redeemer, request)));
    },
  }),
  holdPromoCode: t.field({
    directives: { tag: PERSONAL },
    type: RedeemResult,
    nullable: true,
    description:
      'Reserves one use of a promo code for an order, until the hold is confirmed, cancelled or expires. A hold ends at most 15 minutes after its code expires. If the order already holds the code, the hold takes the new order amount; it becomes longer only while the code can still be redeemed.',
    args: { input: t.arg({ type: HoldPromoCodeInput, required: true, description: 'The code and the order.' }) },
    resolve: async (_, { input }, context) => {
      const { idempotencyKey, order, holdSeconds, ...code } = compact(input);
      const customerId = customerFor(context, input.customerId);
      const request = { ...code, customerId, order: toOrder(order), holdSeconds };
      const redeemer = { ...context.redeemer, idempotencyKey };
      return acceptInput(await asAnswer('holdPromoCode', () => holdPromoCode(context.gateway, redeemer, request)));
    },
  }),
  confirmRedemption: t.field({
    directives: { tag: PERSONAL },
    type: SettleRedemptionResult,
    nullable: true,
    description:
      "Redeems an open hold, even if its code has changed since. With `orderAmount`, the discount is calculated on that amount; if the code does not allow it, the answer is a refusal and the hold stays open. The amount of a redemption is final: confirming it again, with whatever amount, is a PromotionConflictError. Confirming another caller's hold needs the scope `manage`.",
    args: { input: t.arg({ type: ConfirmRedemptionInput, required: true, description: 'The hold.' }) },
    resolve: async (_, { input }, { gateway, caller, customer, scopes, redeemer: { requestId } }) => {
      const { id, countedByProvider = false, orderAmount, eligibleAmount, idempotencyKey } = compact(input);
      const writer = { caller, customer, mayManage: scopes.has('manage'), idempotencyKey, requestId };
      const finalAmount = orderAmount && { amount: orderAmount, ...(eligibleAmount && { eligibleAmount }) };
      const request = { id, countedByProvider, ...(finalAmount && { finalAmount }) };
      return acceptInput(await asAnswer('confirmRedemption', () => confirmRedemption(gateway, writer, request)));
    },
  }),
  cancelRedemption: t.field({
    directives: { tag: PERSONAL },
    type: SettleRedemptionResult,
    nullable: true,
    description:
      "Cancels a hold or redemption. The use is free again, unless the provider has counted it. If the provider has applied it to a subscription, the gateway first removes it there. Cancelling another caller's redemption needs the scope `manage`.",
    args: { input: t.arg({ type: CancelRedemptionInput, required: true, description: 'The hold or redemption.' }) },
    resolve: async (_, { input }, { gateway, caller, customer, scopes }) => {
      const { id, reason = null, idempotencyKey } = compact(input);
      const writer = { caller, customer, mayManage: scopes.has('manage'), idempotencyKey };
      return acceptInput(await asAnswer('cancelRedemption', () => cancelRedemption(gateway, writer, { id, reason })));
    },
  }),
}));
