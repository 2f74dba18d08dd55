import { z } from 'zod';
import { LONGEST_HOLD_SECONDS } from '../../domain/redemption/redemption.ts';
import { builder } from '../builder.ts';
import { CODE, GATEWAY_ID } from '../input-limits/limits.ts';
import { ProviderEnum } from '../provider/type.ts';
import { typedCode } from '../shared/input-checks.ts';
import { createdRange, type InputFields, instant, keyField, MAY_BE_SHORT, plain } from '../shared/input-fields.ts';
import { MoneyInput } from '../shared/money-type.ts';
import { eligiblePartFaults, eligiblePartOf, hasSameCurrency, hasWhole, isAtMost } from './eligible-amount.ts';
import { OrderInput } from './order.ts';
import { RedemptionStatusEnum } from './type.ts';

export const RedemptionFilterInput = builder.inputType('RedemptionFilter', {
  description: 'The conditions of a list of redemptions. All of them must hold.',
  fields: (t) => ({
    promotionId: t.id({ ...GATEWAY_ID, description: 'Of this promo code, or of this coupon and its promo codes.' }),
    status: t.field({ type: [RedemptionStatusEnum], description: 'With one of these statuses.' }),
    customerId: t.id({ description: 'Of this customer.' }),
    orderId: t.id({ description: 'Of this order.' }),
    ...createdRange(t),
    redeemedAfter: t.field(redeemed('after')),
    redeemedBefore: t.field(redeemed('before')),
  }),
});

function redeemed(when: 'after' | 'before') {
  return instant(
    `Redeemed ${when} this instant, even if cancelled since. In another order than REDEEMED_AT_DESC: ${MAY_BE_SHORT}`,
  );
}

export const RedemptionSortEnum = builder.enumType('RedemptionSort', {
  description: 'The order of a list of redemptions.',
  values: {
    CREATED_AT_DESC: { description: 'Newest first.' },
    REDEEMED_AT_DESC: {
      description: 'Last redeemed first, even if cancelled since. Those that were never redeemed come last.',
    },
  } as const,
});

/** The fields of every input that uses a promotion for an order. */
function orderFields(t: InputFields) {
  return {
    customerId: t.id(
      plain("The provider's id of the customer. Default: the customer that the token is bound to, otherwise a guest."),
    ),
    order: t.field({ type: OrderInput, description: 'The order.' }),
  };
}

/** The fields of every input that uses a code for an order. */
export function codeUseFields(t: InputFields) {
  return {
    code: t.string({
      ...CODE,
      required: true,
      description:
        'What the customer typed. A code has at most 500 visible characters; invisible characters are ignored.',
      validate: { schema: typedCode },
    }),
    provider: t.field({
      type: ProviderEnum,
      description: 'Accepts only a code of this provider. Default: all. Needed if several providers have the code.',
    }),
    account: t.id({ description: 'Accepts only a code of this account. Default: all.' }),
    ...orderFields(t),
  };
}

function subscriptionField(t: InputFields) {
  return t.id(
    plain(
      'Also applies the promotion to this subscription of the provider. Refused if the order has redeemed the promotion without a subscription or for another one.',
    ),
  );
}

export const RedeemPromoCodeInput = builder.inputType('RedeemPromoCodeInput', {
  description: 'A code and the order that redeems it.',
  fields: (t) => ({
    ...codeUseFields(t),
    subscriptionId: subscriptionField(t),
    idempotencyKey: t.string({ ...keyField, required: true }),
  }),
});

export const HoldPromoCodeInput = builder.inputType('HoldPromoCodeInput', {
  description: 'A code and the order that holds it.',
  fields: (t) => ({
    ...codeUseFields(t),
    holdSeconds: t.int({
      description:
        "How long the hold lasts: from 1 second to 7 days; with a customer's token, by default at most one hour. Default: 15 minutes, or the longest hold that is allowed if that is shorter.",
      validate: { schema: z.number().min(1, 'must be at least 1').max(LONGEST_HOLD_SECONDS, 'must be at most 7 days') },
    }),
    idempotencyKey: t.string({ ...keyField, required: true }),
  }),
});

export const RedeemCouponInput = builder.inputType('RedeemCouponInput', {
  description: 'A coupon and the order that redeems it.',
  fields: (t) => ({
    couponId: t.id({ ...GATEWAY_ID, required: true, description: 'The coupon.' }),
    ...orderFields(t),
    subscriptionId: subscriptionField(t),
    idempotencyKey: t.string({ ...keyField, required: true }),
  }),
});

const FINAL_FAULTS = eligiblePartFaults('orderAmount');

export const ConfirmRedemptionInput = builder.inputType('ConfirmRedemptionInput', {
  description: 'The hold to redeem.',
  fields: (t) => ({
    id: t.id({ ...GATEWAY_ID, required: true, description: 'The hold.' }),
    orderAmount: t.field({
      type: MoneyInput,
      description:
        "The final order amount before the discount. The gateway judges it by the code's currency, minimum and products, and calculates the discount on it. The hold keeps its use, customer and plan. Default: the amount and the discount of the hold.",
    }),
    eligibleAmount: t.field({ type: MoneyInput, description: eligiblePartOf('orderAmount') }),
    countedByProvider: t.boolean({
      description:
        'True: you have used the code at the provider yourself, and the provider has counted it. Default: false. Needs the scope `manage`; otherwise the gateway ignores it.',
    }),
    idempotencyKey: t.string(keyField),
  }),
  validate: [
    [({ orderAmount, eligibleAmount }) => hasWhole(eligibleAmount, orderAmount), FINAL_FAULTS.noWhole],
    [({ orderAmount, eligibleAmount }) => hasSameCurrency(eligibleAmount, orderAmount), FINAL_FAULTS.otherCurrency],
    [({ orderAmount, eligibleAmount }) => isAtMost(eligibleAmount, orderAmount), FINAL_FAULTS.above],
  ],
});

export const CancelRedemptionInput = builder.inputType('CancelRedemptionInput', {
  description: 'The hold or redemption to cancel.',
  fields: (t) => ({
    id: t.id({ ...GATEWAY_ID, required: true, description: 'The hold or redemption.' }),
    reason: t.string(plain('Why, for your own records.')),
    idempotencyKey: t.string(keyField),
  }),
});
