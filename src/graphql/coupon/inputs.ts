import { builder } from '../builder.ts';
import { GATEWAY_ID } from '../input-limits/limits.ts';
import { DISCOUNT_OPTIONS } from '../promotion/amount-options.ts';
import { newMetadata, newPromotionFields, promotionConditions, STARTS_BEFORE_END } from '../promotion/inputs.ts';
import { DiscountInput, DurationInput } from '../promotion/terms.ts';
import { keyField, MAY_BE_SHORT, plain } from '../shared/input-fields.ts';

export const CouponFilterInput = builder.inputType('CouponFilter', {
  description: 'The conditions of a list of coupons. All of them must hold.',
  fields: (t) => ({
    ...promotionConditions(t),
    nameContains: t.string({ description: `The name contains this text, in upper or lower case. ${MAY_BE_SHORT}` }),
  }),
});

export const CreateCouponInput = builder.inputType('CreateCouponInput', {
  description: 'A new coupon.',
  fields: (t) => ({
    ...newPromotionFields(t),
    name: t.string({ required: true, ...plain('Your name for it.') }),
    discount: t.field({ type: DiscountInput, required: true, description: 'What it takes off.' }),
    duration: t.field({
      type: DurationInput,
      description: 'For how long a subscription gets the discount. Default: ONCE.',
    }),
  }),
  validate: [STARTS_BEFORE_END, ...DISCOUNT_OPTIONS],
});

export const UpdateCouponInput = builder.inputType('UpdateCouponInput', {
  description: 'The changes to a coupon. Absent fields stay as they are.',
  fields: (t) => ({
    id: t.id({ ...GATEWAY_ID, required: true, description: 'The coupon.' }),
    name: t.string(plain('Your new name for it.')),
    metadata: t.field(newMetadata),
    idempotencyKey: t.string(keyField),
  }),
});

export const ArchiveCouponInput = builder.inputType('ArchiveCouponInput', {
  description: 'The coupon to archive.',
  fields: (t) => ({
    id: t.id({ ...GATEWAY_ID, required: true, description: 'The coupon.' }),
    idempotencyKey: t.string(keyField),
  }),
});
