import { asAnswer } from '../../gateway/core/as-answer.ts';
import { cancelRedemption } from '../../gateway/redemption/cancel-redemption.ts';
import { confirmRedemption } from '../../gateway/redemption/confirm-redemption.ts';
import { holdPromoCode } from '../../gateway/redemption/hold-promo-code.ts';
import { redeemCoupon } from '../../gateway/redemption/redeem-coupon.ts';
import { redeemPromoCode } from '../../gateway/redemption/redeem-promo-code.ts';
import { builder } from '../builder.ts';
import type { RequestContext } from '../context.ts';
import { OPERATOR } from '../federation/directives.ts';
import { acceptInput } from '../shared/input-error.ts';
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
    type: RedeemResult,
    nullable: true,
    description:
      'Redeems a promo code for an order, once. A use that the order holds becomes the redemption, also where the code has ended or was switched off since, or its provider is out of reach. An order that has redeemed gets that redemption, with the discount that it was granted.',
    args: { input: t.arg({ type: RedeemPromoCodeInput, required: true, description: 'The code and the order.' }) },
    resolve: async (_, { input }, context) =>
      acceptInput(
        await asAnswer('redeemPromoCode', () =>
          redeemPromoCode(
            context.gateway,
            { ...context.redeemer, idempotencyKey: input.idempotencyKey },
            { ...codeUse(input, context), subscriptionId: input.subscriptionId ?? null },
          ),
        ),
      ),
  }),
  redeemCoupon: t.field({
    directives: { tag: OPERATOR },
    type: RedeemResult,
    nullable: true,
    description:
      'Redeems straight from a coupon, past the conditions of its promo codes, within its own limit. For the merchant.',
    args: { input: t.arg({ type: RedeemCouponInput, required: true, description: 'The coupon and the order.' }) },
    resolve: async (_, { input }, context) =>
      acceptInput(
        await asAnswer('redeemCoupon', () =>
          redeemCoupon(
            context.gateway,
            { ...context.redeemer, idempotencyKey: input.idempotencyKey },
            {
              couponId: input.couponId,
              customerId: customerFor(context, input.customerId),
              order: toOrder(input.order),
              subscriptionId: input.subscriptionId ?? null,
            },
          ),
        ),
      ),
  }),
  holdPromoCode: t.field({
    type: RedeemResult,
    nullable: true,
    description:
      'Sets a use of a promo code aside for an order, until it is confirmed, cancelled or runs out. A hold ends at most 15 minutes after its code does. An order that holds the code already keeps it for its new amount, and for longer only while the code can still be used.',
    args: { input: t.arg({ type: HoldPromoCodeInput, required: true, description: 'The code and the order.' }) },
    resolve: async (_, { input }, context) =>
      acceptInput(
        await asAnswer('holdPromoCode', () =>
          holdPromoCode(
            context.gateway,
            { ...context.redeemer, idempotencyKey: input.idempotencyKey },
            { ...codeUse(input, context), holdSeconds: input.holdSeconds ?? undefined },
          ),
        ),
      ),
  }),
  confirmRedemption: t.field({
    type: SettleRedemptionResult,
    nullable: true,
    description:
      "Redeems a hold that stands, whatever has become of the code since. Another caller's needs the scope `manage`.",
    args: { input: t.arg({ type: ConfirmRedemptionInput, required: true, description: 'The hold.' }) },
    resolve: async (_, { input: { id, countedByProvider, idempotencyKey } }, { gateway, caller, customer, scopes }) =>
      acceptInput(
        await asAnswer('confirmRedemption', () =>
          confirmRedemption(
            gateway,
            { caller, customer, mayManage: scopes.has('manage'), idempotencyKey: idempotencyKey ?? undefined },
            { id, countedByProvider: countedByProvider ?? false },
          ),
        ),
      ),
  }),
  cancelRedemption: t.field({
    type: SettleRedemptionResult,
    nullable: true,
    description:
      "Gives a use back. A use that the provider has counted stays counted. One that the provider has applied to a subscription is ended there first. Another caller's needs the scope `manage`.",
    args: { input: t.arg({ type: CancelRedemptionInput, required: true, description: 'The redemption.' }) },
    resolve: async (_, { input: { id, reason, idempotencyKey } }, { gateway, caller, customer, scopes }) =>
      acceptInput(
        await asAnswer('cancelRedemption', () =>
          cancelRedemption(
            gateway,
            { caller, customer, mayManage: scopes.has('manage'), idempotencyKey: idempotencyKey ?? undefined },
            { id, reason: reason ?? null },
          ),
        ),
      ),
  }),
}));

function codeUse(
  input: typeof RedeemPromoCodeInput.$inferInput | typeof HoldPromoCodeInput.$inferInput,
  context: RequestContext,
) {
  return {
    code: input.code,
    provider: input.provider ?? undefined,
    account: input.account ?? undefined,
    customerId: customerFor(context, input.customerId),
    order: toOrder(input.order),
  };
}
