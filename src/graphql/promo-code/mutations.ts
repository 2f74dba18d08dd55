import { asAnswer } from '../../gateway/core/as-answer.ts';
import { createPromoCode } from '../../gateway/promotions/create-promo-code.ts';
import { updatePromoCode } from '../../gateway/promotions/update-promo-code.ts';
import { builder } from '../builder.ts';
import { OPERATOR } from '../federation/directives.ts';
import { CODE, GATEWAY_ID } from '../input-limits/limits.ts';
import { ProviderEnum } from '../provider/type.ts';
import { acceptInput } from '../shared/input-error.ts';
import {
  codeText,
  instantText,
  isBefore,
  keyField,
  metadataObject,
  plainText,
  positiveCount,
  toInstant,
  toInstantChange,
  toMetadata,
} from '../shared/inputs.ts';
import { MoneyInput } from '../shared/money-type.ts';
import { CreatePromoCodeResult, UpdatePromoCodeResult } from '../shared/result-unions.ts';
import { DiscountInput, DurationInput, toDiscount, toDuration } from '../shared/terms.ts';

const CreatePromoCodeInput = builder.inputType('CreatePromoCodeInput', {
  description: 'The promo code to make, with the terms of a coupon or terms of its own.',
  fields: (t) => ({
    provider: t.field({ type: ProviderEnum, required: true, description: 'The provider that is to have it.' }),
    account: t.id({ description: "The provider account. Absent: the provider's first." }),
    code: t.string({
      ...CODE,
      description:
        'What customers will type: 1 to 500 characters besides blanks at the ends, which are removed. Otherwise sent as written. Absent: the gateway makes one.',
      validate: { schema: codeText },
    }),
    couponId: t.id({ ...GATEWAY_ID, description: 'The coupon whose terms it takes: this or `discount`.' }),
    discount: t.field({ type: DiscountInput, description: 'What it takes off: this or `couponId`.' }),
    duration: t.field({
      type: DurationInput,
      description: 'For how long a subscription gets it, with a discount of its own. Absent: ONCE.',
    }),
    maxRedemptions: t.field({
      type: 'SafeInt',
      description: 'How often it can be used in all. Absent: no limit.',
      validate: { schema: positiveCount },
    }),
    perCustomerLimit: t.field({
      type: 'SafeInt',
      description: 'How often each customer may use it. Always enforced by the gateway. Absent: no limit.',
      validate: { schema: positiveCount },
    }),
    startsAt: t.field({
      type: 'DateTime',
      description: 'The first instant at which it can be used. Absent: at once.',
      validate: { schema: instantText },
    }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'From this instant on it cannot be used. Absent: never.',
      validate: { schema: instantText },
    }),
    customerId: t.id({
      description: "The only customer that may use it, by the provider's id. Absent: anybody.",
      validate: { schema: plainText },
    }),
    planId: t.id({
      description: "The only plan that it is for, by the provider's id. Absent: any.",
      validate: { schema: plainText },
    }),
    firstTransactionOnly: t.boolean({ description: "Whether it is for a customer's first purchase only. Absent: no." }),
    minimumOrder: t.field({ type: MoneyInput, description: 'The smallest order that it takes, above 0. Absent: any.' }),
    metadata: t.field({
      type: 'JSONObject',
      description: 'Notes with string values.',
      validate: { schema: metadataObject },
    }),
    allowGatewayRules: t.boolean({
      description:
        'True: a rule that the provider cannot carry is enforced by the gateway. Else it is refused as unsupported.',
    }),
    idempotencyKey: t.string(keyField),
  }),
  validate: [
    [
      ({ couponId, discount }) => !(couponId && discount),
      { message: 'must not be given together with couponId', path: ['discount'] },
    ],
    [
      ({ couponId, discount }) => Boolean(couponId || discount),
      { message: 'is needed, or a couponId', path: ['discount'] },
    ],
    [({ couponId, duration }) => !(couponId && duration), { message: 'comes from the coupon', path: ['duration'] }],
    [
      ({ startsAt, expiresAt }) => isBefore(startsAt, expiresAt),
      { message: 'must be after startsAt', path: ['expiresAt'] },
    ],
    [
      ({ minimumOrder }) => !minimumOrder || minimumOrder.minorUnits > 0,
      { message: 'must be above 0', path: ['minimumOrder', 'minorUnits'] },
    ],
  ],
});

const UpdatePromoCodeInput = builder.inputType('UpdatePromoCodeInput', {
  description: 'What to change on a promo code. An absent field stays as it is, null clears.',
  fields: (t) => ({
    id: t.id({ ...GATEWAY_ID, required: true, description: 'The promo code.' }),
    active: t.boolean({ description: 'Whether it can be used.' }),
    maxRedemptions: t.field({
      type: 'SafeInt',
      description: 'How often it can be used in all.',
      validate: { schema: positiveCount },
    }),
    perCustomerLimit: t.field({
      type: 'SafeInt',
      description: 'How often each customer may use it.',
      validate: { schema: positiveCount },
    }),
    startsAt: t.field({
      type: 'DateTime',
      description: 'The first instant at which it can be used.',
      validate: { schema: instantText },
    }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'From this instant on it cannot be used.',
      validate: { schema: instantText },
    }),
    allowGatewayRules: t.boolean({
      description:
        'True: what the provider cannot change is enforced by the gateway. Else it is refused as unsupported.',
    }),
    idempotencyKey: t.string(keyField),
  }),
  validate: [
    ({ startsAt, expiresAt }) => isBefore(startsAt, expiresAt),
    { message: 'must be after startsAt', path: ['expiresAt'] },
  ],
});

builder.mutationFields((t) => ({
  createPromoCode: t.field({
    directives: { tag: OPERATOR },
    type: CreatePromoCodeResult,
    nullable: true,
    description: 'Makes a promo code at a provider.',
    args: { input: t.arg({ type: CreatePromoCodeInput, required: true, description: 'The promo code to make.' }) },
    resolve: async (_, { input }, { gateway, caller }) => {
      const writer = { caller, idempotencyKey: input.idempotencyKey ?? undefined };
      return acceptInput(
        await asAnswer('createPromoCode', () =>
          createPromoCode(gateway, writer, {
            provider: input.provider,
            account: input.account ?? undefined,
            code: input.code?.trim(),
            terms: input.discount ? { discount: toDiscount(input.discount) } : { couponId: input.couponId ?? '' },
            duration: toDuration(input.duration),
            maxRedemptions: input.maxRedemptions ?? undefined,
            perCustomerLimit: input.perCustomerLimit ?? undefined,
            startsAt: input.startsAt ? toInstant(input.startsAt) : undefined,
            expiresAt: input.expiresAt ? toInstant(input.expiresAt) : undefined,
            customerId: input.customerId ?? undefined,
            planId: input.planId ?? undefined,
            firstTransactionOnly: input.firstTransactionOnly || undefined,
            minimumOrder: input.minimumOrder ?? undefined,
            metadata: input.metadata ? toMetadata(input.metadata) : undefined,
            allowGatewayRules: input.allowGatewayRules ?? false,
          }),
        ),
      );
    },
  }),
  updatePromoCode: t.field({
    directives: { tag: OPERATOR },
    type: UpdatePromoCodeResult,
    nullable: true,
    description: 'Switches a promo code on or off, or changes its limits and dates.',
    args: { input: t.arg({ type: UpdatePromoCodeInput, required: true, description: 'What to change.' }) },
    resolve: async (_, { input }, { gateway, caller }) => {
      const writer = { caller, idempotencyKey: input.idempotencyKey ?? undefined };
      return acceptInput(
        await asAnswer('updatePromoCode', () =>
          updatePromoCode(gateway, writer, {
            id: input.id,
            active: input.active ?? undefined,
            maxRedemptions: input.maxRedemptions,
            perCustomerLimit: input.perCustomerLimit,
            startsAt: toInstantChange(input.startsAt),
            expiresAt: toInstantChange(input.expiresAt),
            allowGatewayRules: input.allowGatewayRules ?? false,
          }),
        ),
      );
    },
  }),
}));
