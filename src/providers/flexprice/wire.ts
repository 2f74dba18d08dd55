import { isDeepStrictEqual } from 'node:util';
import Big from 'big.js';
import { z } from 'zod';
import { NO_CURRENCY } from '../../domain/money/currency.ts';
import { majorUnits, moneyFromMajorUnits } from '../../domain/money/money.ts';
import { canonicalPercentage } from '../../domain/money/percentage.ts';
import type { Discount, Duration, Metadata, StatedDiscount } from '../../domain/promotion/promotion.ts';
import { textMap } from '../../domain/promotion/text-map.ts';
import type { NewCoupon, ProviderCoupon, ProviderPromoCode } from '../../domain/provider/provider.ts';
import type { InputFault } from '../../domain/provider/provider-error.ts';
import type { ErrorReading } from '../client/failure.ts';
import { INTENT_MARK, MARK_PREFIX, ownMetadata } from '../client/marks.ts';
import { type JsonObject, optional, rfc3339, toRfc3339, whenSet } from '../client/wire-values.ts';

/** Only earlier versions read this mark. Anybody can edit metadata in the dashboard, so this version does not rely on it. */
const KIND_MARK = `${MARK_PREFIX}kind`;

/** The technical code of a coupon. Flexprice never changes a code, and stores it in lower case. */
const HIDDEN_CODE = /^\s*coupon-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s*$/i;

/** Codes that can be part of a path. A slash, "." or ".." would lead to another path. */
export const ROUTABLE_CODE = /^(?!\.{1,2}$)(?=.*\S)[^/]+$/;

/** Codes that a promo code may have: routable, and not the hidden code of a coupon. */
export const OWN_CODE = new RegExp(`^(?!${HIDDEN_CODE.source.slice(1)})${ROUTABLE_CODE.source.slice(1)}`, 'i');

/**
 * The technical code of a coupon, which customers never see. Nobody can guess it. It is derived from the intent, so that the
 * gateway can find the coupon if the answer to its creation was lost.
 */
export function hiddenCode(intentId: string): string {
  return `coupon-${intentId}`;
}

/** A decimal as text; older servers send numbers. "0" means "not set". */
const decimal = z.union([z.string().regex(/^-?\d+(\.\d+)?$/), z.number()]).transform(String);

/**
 * In the reference every field is optional. The server sends null for no value, and omits only `coupon_code`. Any other missing
 * field is unknown. Only the id is required here, because an object without one may not be a coupon.
 */
const couponAnswer = z.object({
  id: z.string().min(1),
  name: z.string().nullish(),
  type: optional(z.enum(['fixed', 'percentage'])),
  amount_off: optional(decimal),
  percentage_off: optional(decimal),
  currency: z.string().nullish(),
  cadence: optional(z.enum(['once', 'repeated', 'forever'])),
  duration_in_periods: z.int().nullish(),
  max_redemptions: z.int().nullish(),
  total_redemptions: optional(z.int()),
  redeem_after: rfc3339.nullish(),
  redeem_before: rfc3339.nullish(),
  coupon_code: z.string().nullish(),
  metadata: textMap.nullish(),
  status: optional(z.string()),
  created_at: optional(rfc3339),
  updated_at: optional(rfc3339),
});
type CouponAnswer = z.infer<typeof couponAnswer>;

/** A coupon at Flexprice. In the gateway it is a promo code if it has a code for customers, otherwise a coupon. */
export interface FlexpriceRecord {
  promotion: ProviderPromoCode | ProviderCoupon;
  /** Its code at Flexprice, hidden or not; null without one. */
  code: string | null;
  /** The gateway's marks in its metadata. */
  marks: Metadata;
  name: string | null;
  /** False if nobody has changed the record since its creation, so that name and marks are the original ones. */
  isPossiblyEdited: boolean;
}

export const searchAnswer = z.object({
  /** Null: none found. */
  items: z.array(z.unknown()).nullable(),
  pagination: z.object({ total: z.int() }),
});

const errorBody = z.object({
  code: z.string().nullish().catch(undefined),
  message: z.string().nullish().catch(undefined),
  /** A text in errors of the middleware; an object from servers before April 2026. */
  error: z
    .union([z.string(), z.object({ message: z.string() }).transform(({ message }) => message)])
    .nullish()
    .catch(undefined),
});

/** Refusals with the code validation_error. Only their text shows the reason. */
const REFUSALS: ReadonlyArray<readonly [pattern: RegExp, meaning: Pick<ErrorReading, 'reason' | 'fault'>]> = [
  [/^No published coupon with code/, { reason: 'NOT_FOUND' }],
  [/^Remove the existing coupon association/, { reason: 'CONFLICT' }],
  [/^Please provide valid date range/, { fault: { field: 'expiresAt', message: 'must be after startsAt' } }],
  [/^Please provide a valid (discount|percentage)/, refusedField('discount')],
  [/^Please provide a valid maximum redemption count/, refusedField('maxRedemptions')],
  [/^Please (provide a valid number|specify how many) (of )?billing periods/, refusedField('duration')],
];

function refusedField(field: InputFault['field']): { fault: InputFault } {
  return { fault: { field, message: 'is refused by the provider' } };
}

/** The body that creates a record, with its code, and the marks that identify the write. */
export function toRecordWire(
  { name, code, discount, duration, maxRedemptions, startsAt, expiresAt, metadata }: NewCoupon & { code: string },
  { intentId, kind }: { intentId: string; kind?: 'coupon' },
) {
  // Earlier versions of the gateway that use the same account need the mark of the kind.
  const marks = { [INTENT_MARK]: intentId, ...(kind && { [KIND_MARK]: kind }) };
  return {
    name,
    coupon_code: code,
    ...toDiscountWire(discount),
    ...toDurationWire(duration),
    max_redemptions: maxRedemptions,
    redeem_after: whenSet(startsAt, toRfc3339),
    // Flexprice includes this instant; the gateway excludes it and refuses a use in that instant before it calls Flexprice.
    redeem_before: whenSet(expiresAt, toRfc3339),
    metadata: toMetadataWire(metadata ?? null, marks),
  };
}
export type RecordWire = ReturnType<typeof toRecordWire>;

/** All metadata of a record: the client's, and the marks. */
export function toMetadataWire(metadata: Metadata | null, marks: Metadata): Metadata {
  return { ...ownMetadata(metadata ?? {}), ...marks };
}

/**
 * Reads a record. It is a coupon if it has no code or a hidden one, otherwise a promo code.
 * @throws {ZodError | RangeError} if the gateway cannot express it
 */
export function toRecord(body: unknown): FlexpriceRecord {
  const answer = couponAnswer.parse(body);
  const metadata = answer.metadata ?? {};
  const own = ownMetadata(metadata);
  const marks = Object.fromEntries(Object.entries(metadata).filter(([key]) => !Object.hasOwn(own, key)));
  const code = answer.coupon_code || null;
  const hidden = code === null ? null : HIDDEN_CODE.exec(code);
  const shared = {
    providerId: answer.id,
    discount: toDiscount(answer),
    duration: toDuration(answer),
    active: answer.status === undefined ? undefined : answer.status === 'published',
    maxRedemptions: answer.max_redemptions,
    redeemedCount: answer.total_redemptions,
    startsAt: answer.redeem_after,
    expiresAt: answer.redeem_before,
    createdAt: answer.created_at,
    metadata: answer.metadata === undefined ? undefined : Object.keys(own).length > 0 ? own : null,
    isOneOfBoth: true,
    // Only the gateway creates hidden codes, so the code names the intent. For other codes the mark does, unless somebody edited it.
    intentId: hidden?.[1]?.toLowerCase() ?? marks[INTENT_MARK] ?? null,
  };
  const record = { code, marks, name: answer.name ?? null, isPossiblyEdited: !isUntouched(answer) };
  if (code === null || hidden !== null) {
    return { ...record, promotion: { ...shared, kind: 'Coupon', name: answer.name } };
  }
  const conditions = { customerId: null, planId: null, firstTransactionOnly: false, minimumOrder: null };
  return { ...record, promotion: { ...shared, ...conditions, kind: 'PromoCode', code, coupon: null } };
}

/** On creation Flexprice reads the clock twice, so the two times of an unchanged record may differ a little. */
function isUntouched({ created_at, updated_at }: CouponAnswer): boolean {
  return created_at !== undefined && updated_at !== undefined && Math.abs(updated_at - created_at) < 1000;
}

/**
 * Whether a creation may have made a record that has no mark, because somebody may have edited its metadata. True if all fields
 * that nobody can edit match the request, and the name matches or may have been edited too.
 */
export function canBeMadeBy(record: FlexpriceRecord, sent: Omit<RecordWire, 'metadata'>): boolean {
  const { promotion, name, isPossiblyEdited } = record;
  if (promotion.intentId !== null || (name !== sent.name && !isPossiblyEdited)) return false;
  const requested = toRecord({ ...sent, id: promotion.providerId, currency: sent.currency ?? '' });
  return (['discount', 'duration', 'maxRedemptions', 'startsAt', 'expiresAt'] as const).every((field) => {
    const [actual, expected] = [promotion[field], requested.promotion[field]];
    return actual === undefined || isDeepStrictEqual(actual ?? undefined, expected);
  });
}

/** @throws {RangeError} for a coupon */
export function asPromoCode({ promotion }: FlexpriceRecord): ProviderPromoCode {
  if (promotion.kind === 'PromoCode') return promotion;
  throw new RangeError('expected a promo code, got a coupon');
}

/** @throws {RangeError} for a promo code */
export function asCoupon({ promotion }: FlexpriceRecord): ProviderCoupon {
  if (promotion.kind === 'Coupon') return promotion;
  throw new RangeError('expected a coupon, got a promo code');
}

function toDiscountWire(discount: StatedDiscount) {
  if (discount.kind === 'PERCENTAGE') return { type: 'percentage', percentage_off: discount.percentage };
  const { currency } = discount.amount;
  return {
    type: 'fixed',
    amount_off: majorUnits(discount.amount),
    currency: currency === NO_CURRENCY ? undefined : currency.toLowerCase(),
  };
}

function toDiscount({ type, percentage_off, amount_off, currency }: CouponAnswer): Discount | undefined {
  const off = type === 'percentage' ? percentage_off : amount_off;
  if (type === undefined || off === undefined) return undefined;
  const value = new Big(off);
  if (value.lte(0)) throw new RangeError(`a discount of ${value.toFixed()}`);
  if (type === 'percentage') return { kind: 'PERCENTAGE', percentage: canonicalPercentage(value.toFixed()) };
  if (currency === undefined) return undefined;
  const code = (currency || NO_CURRENCY).toUpperCase();
  if (!/^[A-Z]{3}$/.test(code)) throw new RangeError(`${code} is not a currency`);
  return { kind: 'FIXED', amount: moneyFromMajorUnits(value.toFixed(), code) };
}

function toDurationWire(duration: Duration) {
  if (duration.kind === 'REPEATING') return { cadence: 'repeated', duration_in_periods: duration.count };
  return { cadence: duration.kind === 'ONCE' ? 'once' : 'forever' };
}

function toDuration({ cadence, duration_in_periods }: CouponAnswer): Duration | undefined {
  if (cadence === undefined) return undefined;
  if (cadence === 'repeated') {
    return { kind: 'REPEATING', count: duration_in_periods ?? null, unit: 'BILLING_PERIOD' };
  }
  return { kind: cadence === 'once' ? 'ONCE' : 'FOREVER' };
}

/** Reads the message and the meaning of an error body. */
export function readError(body: JsonObject): ErrorReading {
  const { code, message, error } = errorBody.parse(body);
  const text = message ?? error ?? undefined;
  const refusal = REFUSALS.find(([pattern]) => text !== undefined && pattern.test(text));
  // Flexprice's other 409 means that the code is taken.
  return { message: text, ...refusal?.[1], ...(code === 'version_conflict' && { reason: 'CONFLICT' as const }) };
}
