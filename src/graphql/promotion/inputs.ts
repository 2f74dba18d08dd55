import { builder } from '../builder.ts';
import { ProviderEnum } from '../provider/type.ts';
import { faultAt, metadataObject, positiveCount } from '../shared/input-checks.ts';
import { createdRange, type InputFields, instant, keyField } from '../shared/input-fields.ts';
import { isBefore, toInstant } from '../shared/input-values.ts';
import { optionsField } from './amount-options.ts';
import { StatusEnum } from './type.ts';

const ReadPolicyEnum = builder.enumType('ReadPolicy', {
  description: 'Where a read may take its answer from.',
  values: {
    CACHED: { description: 'The default: the cache while it is fresh, otherwise the provider.' },
    FRESH: { description: 'The provider, now. If it cannot be reached: the cache, marked stale.' },
    CACHE_ONLY: { description: 'The cache alone. The provider is never called.' },
  } as const,
});

/** The argument of every read that may call a provider. */
export const policyArgument = { type: ReadPolicyEnum, description: 'Where the answer may come from. Default: CACHED.' };

export const SortEnum = builder.enumType('PromotionSort', {
  description: 'The order of a list.',
  values: {
    CREATED_AT_DESC: { description: 'Newest first.' },
    CREATED_AT_ASC: { description: 'Oldest first.' },
    EXPIRES_AT_ASC: { description: 'Those that expire soonest first. Those that never expire come last.' },
    REDEEMED_COUNT_DESC: { description: 'Most redeemed first.' },
  } as const,
});

/** The conditions that lists of promo codes and of coupons share. */
export function promotionConditions(t: InputFields) {
  return {
    provider: t.field({ type: [ProviderEnum], description: 'At one of these providers.' }),
    account: t.idList({ description: 'In one of these accounts.' }),
    status: t.field({ type: [StatusEnum], description: 'With one of these statuses.' }),
    ...createdRange(t),
  };
}

/** The fields that new promo codes and new coupons share. */
export function newPromotionFields(t: InputFields) {
  return {
    provider: t.field({ type: ProviderEnum, required: true, description: 'The provider to create it at.' }),
    account: t.id({ description: "The provider account. Default: the provider's first." }),
    currencyOptions: t.field(optionsField('The fixed discount', 'discount.amount')),
    maxRedemptions: t.field(count('How often it can be redeemed in all. Default: no limit.')),
    startsAt: t.field(instant('When it becomes redeemable. Default: immediately.')),
    expiresAt: t.field(instant('When it stops being redeemable. Default: never.')),
    metadata: t.field({
      type: 'JSONObject',
      description: 'Key-value pairs of your own. The values are strings.',
      validate: { schema: metadataObject },
    }),
    allowGatewayRules: t.boolean({
      description:
        'True: the gateway enforces the rules that the provider cannot. Otherwise such rules are refused as unsupported.',
    }),
    idempotencyKey: t.string(keyField),
  };
}

/** The options of a field with a limit on uses. */
export function count(description: string) {
  return { type: 'SafeInt' as const, description, validate: { schema: positiveCount } };
}

/** The field of a change that replaces the metadata. */
export const newMetadata = {
  type: 'JSONObject' as const,
  description: 'Replaces the metadata. Null clears it.',
  validate: { schema: metadataObject },
};

interface Dates {
  startsAt?: string | null;
  expiresAt?: string | null;
}

/** The check of every input that has a start and an end. */
export const STARTS_BEFORE_END: [(dates: Dates) => boolean, ReturnType<typeof faultAt>] = [
  ({ startsAt, expiresAt }) => isBefore(startsAt, expiresAt),
  faultAt(['expiresAt'], 'CONTRADICTION', 'must be after startsAt'),
];

/** The converters of the conditions that lists share. */
export const CONDITION_VALUES = { createdAfter: toInstant, createdBefore: toInstant };
