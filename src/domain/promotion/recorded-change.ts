import { isDeepStrictEqual } from 'node:util';
import type { Coupon, Instant, PromoCode, Promotion } from './promotion.ts';

export const CHANGE_KINDS = ['CREATED', 'UPDATED', 'ARCHIVED'] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** A field that a change has set. The values are JSON, instants as RFC 3339; null: none. */
export interface ChangedField {
  field: string;
  before: string | null;
  after: string | null;
}

/** What a caller did to a promotion. */
export interface RecordedChange {
  promotionId: string;
  at: Instant;
  kind: ChangeKind;
  caller: string;
  /** The `X-Request-Id` of the answer; null: no request finished the change, but the recovery did. */
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
    before: toText(field, old.get(field)),
    after: toText(field, current.get(field)),
  }));
}

/** The values that are set. */
function valuesOf(promotion: Promotion | null): Map<string, unknown> {
  return new Map(Object.entries(promotion ?? {}).filter(([, value]) => value !== null && value !== undefined));
}

function toText(field: string, value: unknown): string | null {
  if (value === undefined) return null;
  return JSON.stringify(INSTANTS.has(field) && typeof value === 'number' ? new Date(value) : value);
}
