import { builder } from '../builder.ts';
import { GATEWAY_ID } from '../input-limits/limits.ts';
import { ProviderEnum } from '../provider/type.ts';
import { instantText, isBefore, keyField, metadataObject, plainText, positiveCount } from '../shared/inputs.ts';
import { StatusEnum } from '../shared/promotion-interface.ts';
import { ACCOUNT_FILTER, MAY_BE_SHORT } from '../shared/promotion-lists.ts';
import { DiscountInput, DurationInput } from '../shared/terms.ts';

export const CouponFilterInput = builder.inputType('CouponFilter', {
  description: 'What a list of coupons is narrowed to. Conditions add up.',
  fields: (t) => ({
    provider: t.field({ type: [ProviderEnum], description: 'Of one of these providers.' }),
    account: t.idList({ description: ACCOUNT_FILTER }),
    status: t.field({ type: [StatusEnum], description: 'In one of these states.' }),
    nameContains: t.string({
      description: `With this text in its name, in upper or lower case. ${MAY_BE_SHORT}`,
    }),
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
  }),
});

export const CreateCouponInput = builder.inputType('CreateCouponInput', {
  description: 'The coupon to make.',
  fields: (t) => ({
    provider: t.field({ type: ProviderEnum, required: true, description: 'The provider that is to have it.' }),
    account: t.id({ description: "The provider account. Absent: the provider's first." }),
    name: t.string({ required: true, description: 'What you call it.', validate: { schema: plainText } }),
    discount: t.field({ type: DiscountInput, required: true, description: 'What it takes off.' }),
    duration: t.field({ type: DurationInput, description: 'For how long a subscription gets it. Absent: ONCE.' }),
    maxRedemptions: t.field({
      type: 'SafeInt',
      description: 'How often it can be used in all. Absent: no limit.',
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
    ({ startsAt, expiresAt }) => isBefore(startsAt, expiresAt),
    { message: 'must be after startsAt', path: ['expiresAt'] },
  ],
});

export const UpdateCouponInput = builder.inputType('UpdateCouponInput', {
  description: 'What to change on a coupon. An absent field stays as it is.',
  fields: (t) => ({
    id: t.id({ ...GATEWAY_ID, required: true, description: 'The coupon.' }),
    name: t.string({ description: 'What you call it from now on.', validate: { schema: plainText } }),
    metadata: t.field({
      type: 'JSONObject',
      description: 'Replaces the notes; null clears them.',
      validate: { schema: metadataObject },
    }),
    idempotencyKey: t.string(keyField),
  }),
});

export const ArchiveCouponInput = builder.inputType('ArchiveCouponInput', {
  description: 'The coupon to take out of use.',
  fields: (t) => ({
    id: t.id({ ...GATEWAY_ID, required: true, description: 'The coupon.' }),
    idempotencyKey: t.string(keyField),
  }),
});
