import { z } from 'zod';
import { canonicalPercentage, percentageFault } from '../../domain/money/percentage.ts';
import type { Discount, Duration, StatedDiscount } from '../../domain/promotion/promotion.ts';
import type { RequestedDuration } from '../../domain/provider/fit-to-provider.ts';
import { builder } from '../builder.ts';
import { MoneyInput, MoneyType } from './money-type.ts';

const PercentageDiscount = builder
  .objectRef<Extract<Discount, { kind: 'PERCENTAGE' }>>('PercentageDiscount')
  .implement({
    description: 'A share of the order.',
    fields: (t) => ({
      percentage: t.expose('percentage', {
        type: 'Decimal',
        description: 'The share in percent, without trailing zeros: "12.5" takes an eighth off.',
      }),
    }),
  });

const FixedDiscount = builder.objectRef<Extract<Discount, { kind: 'FIXED' }>>('FixedDiscount').implement({
  description: 'An amount of money, never more than the order.',
  fields: (t) => ({ amount: t.expose('amount', { type: MoneyType, description: 'The amount that is taken off.' }) }),
});

const ProviderDefinedDiscount = builder
  .objectRef<Extract<Discount, { kind: 'PROVIDER_DEFINED' }>>('ProviderDefinedDiscount')
  .implement({
    description:
      'A discount that the provider works out by rules of its own, such as a script. The gateway cannot say what it takes off, so quoting, holding or redeeming it is refused as CANNOT_VERIFY, unless the provider applies it to a subscription.',
    fields: (t) => ({
      description: t.string({
        description: 'Where the discount comes from, in words that may be shown.',
        resolve: () => 'The billing provider works this discount out.',
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
  description: 'What a promotion takes off an order: exactly one of the two.',
  isOneOf: true,
  fields: (t) => ({
    percentage: t.field({
      type: 'Decimal',
      description: 'A share in percent: above 0, at most 100, at most four decimals.',
      validate: { schema: judgedBy(percentageFault) },
    }),
    amount: t.field({ type: MoneyInput, description: 'An amount of money, above 0.' }),
  }),
  validate: [
    ({ amount }) => !amount || amount.minorUnits > 0,
    { message: 'must be above 0', path: ['amount', 'minorUnits'] },
  ],
});

const DurationKind = builder.enumType('PromotionDurationKind', {
  description: 'How often a subscription gets the discount.',
  values: {
    ONCE: { description: 'On one invoice or order.' },
    REPEATING: { description: 'For a number of months or billing periods.' },
    FOREVER: { description: 'For as long as the subscription runs.' },
  } as const,
});

const DurationUnit = builder.enumType('PromotionDurationUnit', {
  description: 'What a repeating discount is counted in.',
  values: {
    MONTH: { description: 'Calendar months.' },
    BILLING_PERIOD: { description: 'Billing periods of the subscription.' },
  } as const,
});

export const DurationType = builder.objectRef<Duration>('PromotionDuration').implement({
  description: 'For how long a subscription gets the discount.',
  fields: (t) => ({
    kind: t.expose('kind', { type: DurationKind, description: 'Once, for a while, or for good.' }),
    count: t.int({
      nullable: true,
      description:
        'How many units a REPEATING discount lasts. Null for the other kinds, and where the provider does not tell or counts more than Int can show.',
      resolve: (duration) => (duration.kind === 'REPEATING' && isInt(duration.count) ? duration.count : null),
    }),
    unit: t.field({
      type: DurationUnit,
      nullable: true,
      description: 'What `count` counts. Null unless the kind is REPEATING.',
      resolve: (duration) => (duration.kind === 'REPEATING' ? duration.unit : null),
    }),
  }),
});

export const DurationInput = builder.inputType('PromotionDurationInput', {
  description: 'For how long a subscription gets the discount.',
  fields: (t) => ({
    kind: t.field({ type: DurationKind, required: true, description: 'Once, for a while, or for good.' }),
    count: t.int({
      description: 'How many units a REPEATING discount lasts: at least 1. Not for the other kinds.',
      validate: { schema: z.number().min(1, 'must be at least 1') },
    }),
    unit: t.field({
      type: DurationUnit,
      description: 'What `count` counts. Absent: whatever the provider counts in; another is unsupported.',
    }),
  }),
  validate: [
    [
      ({ kind, count }) => kind !== 'REPEATING' || typeof count === 'number',
      { message: 'is needed for REPEATING', path: ['count'] },
    ],
    [
      ({ kind, count }) => kind === 'REPEATING' || typeof count !== 'number',
      { message: 'is for REPEATING alone', path: ['count'] },
    ],
    [({ kind, unit }) => kind === 'REPEATING' || !unit, { message: 'is for REPEATING alone', path: ['unit'] }],
  ],
});

/** An Int that cannot be shown would take the whole promotion out of an answer. */
function isInt(count: number | null): boolean {
  return count !== null && count <= 2 ** 31 - 1;
}

/** A zod schema of a text that one of our own judges judges. */
export function judgedBy(fault: (text: string) => string | undefined): z.ZodType<string> {
  return z.string().superRefine((text, context) => {
    const message = fault(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

/** A discount that has been validated. */
export function toDiscount(input: typeof DiscountInput.$inferInput): StatedDiscount {
  if (input.amount) return { kind: 'FIXED', amount: input.amount };
  return { kind: 'PERCENTAGE', percentage: canonicalPercentage(input.percentage ?? '') };
}

/** A duration that has been validated. */
export function toDuration(input: typeof DurationInput.$inferInput | null | undefined): RequestedDuration | undefined {
  if (!input) return undefined;
  const { kind, count, unit } = input;
  return kind === 'REPEATING' ? { kind, count: count ?? 1, unit: unit ?? null } : { kind };
}
