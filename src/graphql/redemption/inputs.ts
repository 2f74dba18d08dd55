import { z } from 'zod';
import { LONGEST_HOLD_SECONDS } from '../../domain/redemption/redemption.ts';
import { builder } from '../builder.ts';
import { CODE, GATEWAY_ID } from '../input-limits/limits.ts';
import { ProviderEnum } from '../provider/type.ts';
import { instantText, keyField, plainText, typedCodeText } from '../shared/inputs.ts';
import { MAY_BE_SHORT } from '../shared/promotion-lists.ts';
import { OrderInput } from './order.ts';
import { RedemptionStatusEnum } from './type.ts';

const CODE_TEXT =
  'What the customer typed. A code has no more than 500 visible characters; invisible ones are ignored.';
const CUSTOMER =
  "The customer, by the provider's id. Absent: the customer that the token is bound to, or else a guest.";
const PROVIDER = 'Absent: all. Needed only where a code can be redeemed at several.';

export const RedemptionFilterInput = builder.inputType('RedemptionFilter', {
  description: 'What a list of redemptions is narrowed to. Conditions add up.',
  fields: (t) => ({
    promotionId: t.id({ ...GATEWAY_ID, description: 'Of this promo code, or of this coupon and its codes.' }),
    status: t.field({ type: [RedemptionStatusEnum], description: 'In one of these states.' }),
    customerId: t.id({ description: 'Of this customer.' }),
    orderId: t.id({ description: 'Of this order.' }),
    createdAfter: t.field({
      type: 'DateTime',
      description: 'Made after this instant.',
      validate: { schema: instantText },
    }),
    createdBefore: t.field({
      type: 'DateTime',
      description: 'Made before this instant.',
      validate: { schema: instantText },
    }),
    redeemedAfter: t.field({
      type: 'DateTime',
      description: `Redeemed after this instant, cancelled since or not. In another order than REDEEMED_AT_DESC: ${MAY_BE_SHORT}`,
      validate: { schema: instantText },
    }),
    redeemedBefore: t.field({
      type: 'DateTime',
      description: `Redeemed before this instant, cancelled since or not. In another order than REDEEMED_AT_DESC: ${MAY_BE_SHORT}`,
      validate: { schema: instantText },
    }),
  }),
});

export const RedemptionSortEnum = builder.enumType('RedemptionSort', {
  description: 'The order of a list of redemptions.',
  values: {
    CREATED_AT_DESC: { description: 'Newest first.' },
    REDEEMED_AT_DESC: {
      description: 'Last redeemed first, cancelled since or not; what was never redeemed comes last.',
    },
  } as const,
});

export const RedeemPromoCodeInput = builder.inputType('RedeemPromoCodeInput', {
  description: 'A code and the order it is used for.',
  fields: (t) => ({
    code: t.string({ ...CODE, required: true, description: CODE_TEXT, validate: { schema: typedCodeText } }),
    provider: t.field({ type: ProviderEnum, description: PROVIDER }),
    account: t.id({ description: 'Absent: all accounts.' }),
    customerId: t.id({ description: CUSTOMER, validate: { schema: plainText } }),
    order: t.field({ type: OrderInput, description: 'The order.' }),
    subscriptionId: t.id({
      description:
        "Applies it to this subscription of the provider's as well. An order that has redeemed without it, or for another one, is refused.",
      validate: { schema: plainText },
    }),
    idempotencyKey: t.string({ ...keyField, required: true }),
  }),
});

export const HoldPromoCodeInput = builder.inputType('HoldPromoCodeInput', {
  description: 'A code and the order that a use is set aside for.',
  fields: (t) => ({
    code: t.string({ ...CODE, required: true, description: CODE_TEXT, validate: { schema: typedCodeText } }),
    provider: t.field({ type: ProviderEnum, description: PROVIDER }),
    account: t.id({ description: 'Absent: all accounts.' }),
    customerId: t.id({ description: CUSTOMER, validate: { schema: plainText } }),
    order: t.field({ type: OrderInput, description: 'The order.' }),
    holdSeconds: t.int({
      description:
        "For how many seconds: at least 1, and no more than 7 days; with a customer's token, by default no more than an hour. Absent: 15 minutes, or the longest hold if that is shorter.",
      validate: { schema: z.number().min(1, 'must be at least 1').max(LONGEST_HOLD_SECONDS, 'must be at most 7 days') },
    }),
    idempotencyKey: t.string({ ...keyField, required: true }),
  }),
});

export const RedeemCouponInput = builder.inputType('RedeemCouponInput', {
  description: 'A coupon and the order it is used for.',
  fields: (t) => ({
    couponId: t.id({ ...GATEWAY_ID, required: true, description: 'The coupon.' }),
    customerId: t.id({ description: CUSTOMER, validate: { schema: plainText } }),
    order: t.field({ type: OrderInput, description: 'The order.' }),
    subscriptionId: t.id({
      description:
        "Applies it to this subscription of the provider's as well. An order that has redeemed without it, or for another one, is refused.",
      validate: { schema: plainText },
    }),
    idempotencyKey: t.string({ ...keyField, required: true }),
  }),
});

export const ConfirmRedemptionInput = builder.inputType('ConfirmRedemptionInput', {
  description: 'The hold to redeem.',
  fields: (t) => ({
    id: t.id({ ...GATEWAY_ID, required: true, description: 'The redemption.' }),
    countedByProvider: t.boolean({
      description:
        'True: you have spent the code at the provider yourself, and it has counted the use. Absent: no. Believed only of callers with the scope `manage`; of others the use is recorded as one that the provider has not counted.',
    }),
    idempotencyKey: t.string(keyField),
  }),
});

export const CancelRedemptionInput = builder.inputType('CancelRedemptionInput', {
  description: 'The redemption to give back.',
  fields: (t) => ({
    id: t.id({ ...GATEWAY_ID, required: true, description: 'The redemption.' }),
    reason: t.string({ description: 'Why, for your own records.', validate: { schema: plainText } }),
    idempotencyKey: t.string(keyField),
  }),
});
