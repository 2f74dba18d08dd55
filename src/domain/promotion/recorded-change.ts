import { isDeepStrictEqual } from 'node:util';
import type { Coupon, Instant, PromoCode, Promotion } from './promotion.ts';

export const CHANGE_KINDS = ['CREATED', 'UPDATED', 'ARCHIVED', 'CHANGED_AT_PROVIDER'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** A field that a change has set. The values are JSON, instants as RFC 3339; null: none. */
export interface ChangedField {
  field: string;
  before: string | null;
  after: string | null;
}

/** What was done to a promotion. */
export interface RecordedChange {
  promotionId: string;
  at: Instant;
  kind: ChangeKind;
  /** Whose key or token was used; of a change at the provider, the name of the provider. */
  caller: string;
  /** The `X-Request-Id` of the answer; null: the change is known from a read of the promotion. */
  requestId: string | null;
  fields: ChangedField[];
}

type Field = Exclude<keyof PromoCode | keyof Coupon, 'kind'>;

/**
 * The fields that somebody sets. All others follow from them, from uses, or from the clock. Not the customer of a promo
 * code, which no change sets: its id would have to be erased here, too.
 */
const FIELDS = [
  'code',
  'name',
  'couponId',
  'discount',
  'duration',
  'active',
  'maxRedemptions',
  'perCustomerLimit',
  'startsAt',
  'expiresAt',
  'planId',
  'productIds',
  'firstTransactionOnly',
  'minimumOrder',
  'minimumOrderOptions',
  'metadata',
  'gatewayRules',
] as const satisfies Field[];

const INSTANTS: ReadonlySet<string> = new Set(['startsAt', 'expiresAt'] satisfies Field[]);

/**
 * The fields in which two states of a promotion differ.
 * @param before null: it did not exist
 */
export function changedFields(before: Promotion | null, after: Promotion): ChangedField[] {
  const [old, current] = [valuesOf(before), valuesOf(after)];
  return FIELDS.filter((field) => !isDeepStrictEqual(old.get(field), current.get(field))).map((field) => ({
    field,
    before: recordedValue(field, old.get(field)),
    after: recordedValue(field, current.get(field)),
  }));
}

/**
 * Of the fields in which two states differ, those that somebody has changed. A provider may show what is used up or
 * expired as inactive, or as active again.
 */
export function withoutEffectsOfUse<Field extends ChangedField>(
  fields: readonly Field[],
  ...states: readonly Pick<Promotion, 'status'>[]
): Field[] {
  const isSpent = states.some(({ status }) => status === 'EXPIRED' || status === 'EXHAUSTED');
  return fields.filter(({ field }) => !isSpent || field !== 'active');
}

/** Whether a change has set a field to a value that was sent. Some providers store times in whole seconds. */
export function hasSet({ field, after }: ChangedField, sent: string | null): boolean {
  const [current, asked] = [after, sent].map((text): unknown => JSON.parse(text ?? 'null'));
  if (INSTANTS.has(field) && typeof current === 'string' && typeof asked === 'string') {
    return Math.abs(Date.parse(current) - Date.parse(asked)) < 1000;
  }
  return isDeepStrictEqual(current, asked);
}

/** The values that are set. */
function valuesOf(promotion: Promotion | null): Map<string, unknown> {
  return new Map(Object.entries(promotion ?? {}).filter(([, value]) => value !== null && value !== undefined));
}

/** The value of a field as the history has it. */
export function recordedValue(field: string, value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return JSON.stringify(INSTANTS.has(field) && typeof value === 'number' ? new Date(value) : value);
}
