import type { Money } from '../../domain/money/money.ts';
import { builder } from '../builder.ts';
import { CODE, GATEWAY_ID } from '../input-limits/limits.ts';
import { DISCOUNT_OPTIONS, optionChecks, optionsField } from '../promotion/amount-options.ts';
import { count, newMetadata, newPromotionFields, promotionConditions, STARTS_BEFORE_END } from '../promotion/inputs.ts';
import { DiscountInput, DurationInput } from '../promotion/terms.ts';
import { faultAt, newCode } from '../shared/input-checks.ts';
import { instant, keyField, MAY_BE_SHORT, plain } from '../shared/input-fields.ts';
import { MoneyInput } from '../shared/money-type.ts';

export const PromoCodeFilterInput = builder.inputType('PromoCodeFilter', {
  description: 'The conditions of a list of promo codes. All of them must hold.',
  fields: (t) => ({
    ...promotionConditions(t),
    code: t.string({ ...CODE, description: 'This code, compared as in a redemption.' }),
    codePrefix: t.string({ ...CODE, description: `The code starts with this, in any letter case. ${MAY_BE_SHORT}` }),
    couponId: t.id({ ...GATEWAY_ID, description: 'With the terms of this coupon.' }),
    expiresBefore: t.field(
      instant(`Expires before this instant. In another order than EXPIRES_AT_ASC: ${MAY_BE_SHORT}`),
    ),
  }),
});

interface Minimum {
  minimumOrder?: Money | null;
  minimumOrderOptions?: Money[] | null;
}

const MINIMUM_OPTIONS = optionChecks('minimumOrderOptions', 'minimumOrder', (input: Minimum) => ({
  amount: input.minimumOrder,
  options: input.minimumOrderOptions,
}));

export const CreatePromoCodeInput = builder.inputType('CreatePromoCodeInput', {
  description: 'A new promo code, with the terms of a coupon or terms of its own.',
  fields: (t) => ({
    ...newPromotionFields(t),
    code: t.string({
      ...CODE,
      description:
        'What customers will type: 1 to 500 characters. Blanks at the ends are removed; otherwise the provider gets it as written. Default: a random code.',
      validate: { schema: newCode },
    }),
    couponId: t.id({ ...GATEWAY_ID, description: 'The coupon with its terms. Set either this or `discount`.' }),
    discount: t.field({ type: DiscountInput, description: 'What it takes off. Set either this or `couponId`.' }),
    duration: t.field({
      type: DurationInput,
      description: 'For how long a subscription gets the discount. Only with `discount`. Default: ONCE.',
    }),
    perCustomerLimit: t.field(
      count('How often each customer may redeem it. The gateway always enforces this. Default: no limit.'),
    ),
    customerId: t.id(plain("The provider's id of the only customer that may redeem it. Default: any customer.")),
    planId: t.id(plain("The provider's id of the only plan that it applies to. Default: any plan.")),
    firstTransactionOnly: t.boolean({
      description: "Whether it is only for a customer's first purchase. Default: false.",
    }),
    minimumOrder: t.field({ type: MoneyInput, description: 'The smallest order amount, above 0. Default: none.' }),
    minimumOrderOptions: t.field(optionsField('The smallest order amount', 'minimumOrder')),
  }),
  validate: [
    [
      ({ couponId, discount }) => !(couponId && discount),
      faultAt(['discount'], 'CONTRADICTION', 'must not be given together with couponId'),
    ],
    [
      ({ couponId, discount }) => Boolean(couponId || discount),
      faultAt(['discount'], 'REQUIRED', 'is required unless couponId is given'),
    ],
    [
      ({ couponId, duration }) => !(couponId && duration),
      faultAt(['duration'], 'CONTRADICTION', 'comes from the coupon'),
    ],
    STARTS_BEFORE_END,
    ...DISCOUNT_OPTIONS,
    ...MINIMUM_OPTIONS,
    [
      ({ minimumOrder }) => !minimumOrder || minimumOrder.minorUnits > 0,
      faultAt(['minimumOrder', 'minorUnits'], 'OUT_OF_RANGE', 'must be above 0'),
    ],
  ],
});

export const UpdatePromoCodeInput = builder.inputType('UpdatePromoCodeInput', {
  description: 'The changes to a promo code. Absent fields stay as they are; null clears a field.',
  fields: (t) => ({
    id: t.id({ ...GATEWAY_ID, required: true, description: 'The promo code.' }),
    active: t.boolean({ description: 'Whether it can be redeemed.' }),
    maxRedemptions: t.field(count('How often it can be redeemed in all.')),
    perCustomerLimit: t.field(count('How often each customer may redeem it.')),
    startsAt: t.field(instant('When it becomes redeemable.')),
    expiresAt: t.field(instant('When it stops being redeemable.')),
    metadata: t.field(newMetadata),
    allowGatewayRules: t.boolean({
      description:
        'True: the gateway enforces what the provider cannot change. Otherwise such changes are refused as unsupported.',
    }),
    idempotencyKey: t.string(keyField),
  }),
  validate: STARTS_BEFORE_END,
});
