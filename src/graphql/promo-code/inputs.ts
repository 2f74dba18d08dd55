import { builder } from '../builder.ts';
import { CODE, GATEWAY_ID } from '../input-limits/limits.ts';
import { ProviderEnum } from '../provider/type.ts';
import {
  codeText,
  instantText,
  isBefore,
  keyField,
  metadataObject,
  plainText,
  positiveCount,
} from '../shared/inputs.ts';
import { MoneyInput } from '../shared/money-type.ts';
import { StatusEnum } from '../shared/promotion-interface.ts';
import { ACCOUNT_FILTER, MAY_BE_SHORT } from '../shared/promotion-lists.ts';
import { DiscountInput, DurationInput } from '../shared/terms.ts';

export const PromoCodeFilterInput = builder.inputType('PromoCodeFilter', {
  description: 'What a list of promo codes is narrowed to. Conditions add up.',
  fields: (t) => ({
    provider: t.field({ type: [ProviderEnum], description: 'Of one of these providers.' }),
    account: t.idList({ description: ACCOUNT_FILTER }),
    status: t.field({ type: [StatusEnum], description: 'In one of these states.' }),
    code: t.string({ ...CODE, description: 'Exactly this code, as redemption would read it.' }),
    codePrefix: t.string({
      ...CODE,
      description: `Codes that begin so, in upper or lower case. ${MAY_BE_SHORT}`,
    }),
    couponId: t.id({ ...GATEWAY_ID, description: 'Of this coupon.' }),
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
    expiresBefore: t.field({
      type: 'DateTime',
      description: `Ends before this instant. In another order than EXPIRES_AT_ASC: ${MAY_BE_SHORT}`,
      validate: { schema: instantText },
    }),
  }),
});

export const CreatePromoCodeInput = builder.inputType('CreatePromoCodeInput', {
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

export const UpdatePromoCodeInput = builder.inputType('UpdatePromoCodeInput', {
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
