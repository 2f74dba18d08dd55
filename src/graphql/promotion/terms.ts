import { z } from 'zod';
import { canonicalPercentage, percentageFault } from '../../domain/money/percentage.ts';
import type { Discount, Duration, StatedDiscount } from '../../domain/promotion/promotion.ts';
import type { RequestedDuration } from '../../domain/provider/fit-to-provider.ts';
import { builder } from '../builder.ts';
import { SHAREABLE } from '../federation/directives.ts';
import { checkedBy, faultAt } from '../shared/input-checks.ts';
import { MoneyInput, MoneyType } from '../shared/money-type.ts';

const PercentageDiscount = builder
  .objectRef<Extract<Discount, { kind: 'PERCENTAGE' }>>('PercentageDiscount')
  .implement({
    directives: SHAREABLE,
    description: 'A percentage of the order amount.',
    fields: (t) => ({
      percentage: t.expose('percentage', {
        type: 'Decimal',
        description: 'The percentage without trailing zeros: "12.5" takes an eighth off.',
      }),
    }),
  });

const FixedDiscount = builder.objectRef<Extract<Discount, { kind: 'FIXED' }>>('FixedDiscount').implement({
  directives: SHAREABLE,
  description: 'A fixed amount, never more than the order amount.',
  fields: (t) => ({
    amount: t.expose('amount', { type: MoneyType, description: 'The amount taken off.' }),
    currencyOptions: t.field({
      type: [MoneyType],
      description:
        'The amount taken off orders in these other currencies. An order in any further currency is refused with CURRENCY_MISMATCH.',
      resolve: ({ currencyOptions }) => currencyOptions ?? [],
    }),
  }),
});

const ProviderDefinedDiscount = builder
  .objectRef<Extract<Discount, { kind: 'PROVIDER_DEFINED' }>>('ProviderDefinedDiscount')
  .implement({
    directives: SHAREABLE,
    description:
      'A discount that the provider calculates by its own rules, such as a script. The gateway cannot calculate it, so it refuses to quote, hold or redeem it with CANNOT_VERIFY, unless the provider applies it to a subscription.',
    fields: (t) => ({
      description: t.string({
        description: 'What kind of discount it is, in words that customers may see.',
        resolve: () => 'The billing provider calculates this discount.',
      }),
    }),
  });

const DISCOUNTS = {
  PERCENTAGE: PercentageDiscount,
  FIXED: FixedDiscount,
  PROVIDER_DEFINED: ProviderDefinedDiscount,
};

export const DiscountType = builder.unionType('PromotionDiscount', {
  description: 'What a promotion takes off an order.',
  types: Object.values(DISCOUNTS),
  resolveType: ({ kind }) => DISCOUNTS[kind],
});

export const DiscountInput = builder.inputType('PromotionDiscountInput', {
  description: 'What a promotion takes off an order. Set exactly one of the two fields.',
  isOneOf: true,
  fields: (t) => ({
    percentage: t.field({
      type: 'Decimal',
      description: 'A percentage above 0 and at most 100, with at most four decimals.',
      validate: { schema: checkedBy(percentageFault) },
    }),
    amount: t.field({ type: MoneyInput, description: 'A fixed amount above 0.' }),
  }),
  validate: [
    ({ amount }) => !amount || amount.minorUnits > 0,
    faultAt(['amount', 'minorUnits'], 'OUT_OF_RANGE', 'must be above 0'),
  ],
});

const DurationKind = builder.enumType('PromotionDurationKind', {
  description: 'How often a subscription gets the discount.',
  values: {
    ONCE: { description: 'For one invoice or order.' },
    REPEATING: { description: 'For a number of months or billing periods.' },
    FOREVER: { description: 'For as long as the subscription runs.' },
  } as const,
});

const DurationUnit = builder.enumType('PromotionDurationUnit', {
  description: 'The unit of a repeating discount.',
  values: {
    MONTH: { description: 'Calendar months.' },
    BILLING_PERIOD: { description: 'Billing periods of the subscription.' },
  } as const,
});

export const DurationType = builder.objectRef<Duration>('PromotionDuration').implement({
  directives: SHAREABLE,
  description: 'For how long a subscription gets the discount.',
  fields: (t) => ({
    kind: t.expose('kind', { type: DurationKind, description: 'How often a subscription gets it.' }),
    count: t.int({
      nullable: true,
      description:
        'How many units a REPEATING discount lasts. Null for other kinds, and if the provider does not report it or it exceeds the range of Int.',
      resolve: (duration) => (duration.kind === 'REPEATING' && isInt(duration.count) ? duration.count : null),
    }),
    unit: t.field({
      type: DurationUnit,
      nullable: true,
      description: 'The unit of `count`. Null for other kinds.',
      resolve: (duration) => (duration.kind === 'REPEATING' ? duration.unit : null),
    }),
  }),
});

export const DurationInput = builder.inputType('PromotionDurationInput', {
  description: 'For how long a subscription gets the discount.',
  fields: (t) => ({
    kind: t.field({ type: DurationKind, required: true, description: 'How often a subscription gets it.' }),
    count: t.int({
      description: 'How many units a REPEATING discount lasts, at least 1. Not allowed for other kinds.',
      validate: { schema: z.number().min(1, 'must be at least 1') },
    }),
    unit: t.field({
      type: DurationUnit,
      description: 'The unit of `count`. Default: the unit of the provider. Another unit is unsupported.',
    }),
  }),
  validate: [
    [
      ({ kind, count }) => kind !== 'REPEATING' || typeof count === 'number',
      faultAt(['count'], 'REQUIRED', 'is required for REPEATING'),
    ],
    [
      ({ kind, count }) => kind === 'REPEATING' || typeof count !== 'number',
      faultAt(['count'], 'CONTRADICTION', 'is only for REPEATING'),
    ],
    [({ kind, unit }) => kind === 'REPEATING' || !unit, faultAt(['unit'], 'CONTRADICTION', 'is only for REPEATING')],
  ],
});

/** An error of this field would remove the whole promotion from the answer. */
function isInt(count: number | null): boolean {
  return count !== null && count <= 2 ** 31 - 1;
}

/** A discount that has been validated. */
export function toDiscount(input: typeof DiscountInput.$inferInput): StatedDiscount {
  if (input.amount) return { kind: 'FIXED', amount: input.amount };
  return { kind: 'PERCENTAGE', percentage: canonicalPercentage(input.percentage ?? '') };
}

/** A duration that has been validated. */
export function toDuration({ kind, count, unit }: typeof DurationInput.$inferInput): RequestedDuration {
  return kind === 'REPEATING' ? { kind, count: count ?? 1, unit: unit ?? null } : { kind };
}
