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
import { type JsonObject, optional, rfc3339, toRfc3339, whenSet } from '../client/wire-values.ts';

/** Metadata keys of ours at Flexprice begin so. They are never shown, and no client may set one. */
const MARK_PREFIX = 'promo_gateway_';
const INTENT_MARK = `${MARK_PREFIX}intent`;
/** Set by earlier versions on coupons. Anybody can edit metadata in the dashboard, so nothing rests on it. */
const KIND_MARK = `${MARK_PREFIX}kind`;

/** The code of a coupon that is to have none. Flexprice never changes a code, and stores it in lower case. */
const HIDDEN_CODE = /^\s*coupon-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\s*$/i;

/** What a look-up by code can have in its path, where a slash, "." and ".." lead elsewhere. */
export const ROUTABLE_CODE = /^(?!\.{1,2}$)(?=.*\S)[^/]+$/;

/** A promo code's own: routable, and not the hidden code of a coupon. */
export const OWN_CODE = new RegExp(`^(?!${HIDDEN_CODE.source.slice(1)})${ROUTABLE_CODE.source.slice(1)}`, 'i');

/**
 * The code of a coupon that is to have none: nobody can guess it, and a lost creation can be looked up by it, because it
 * follows from the intent.
 */
export function hiddenCode(intentId: string): string {
  return `coupon-${intentId}`;
}

/** A decimal text; older servers answer numbers. "0" stands for "not set". */
const decimal = z.union([z.string().regex(/^-?\d+(\.\d+)?$/), z.number()]).transform(String);

/**
 * Every field is optional in the document. The server always answers them, null where there is none; only `coupon_code`
 * is left out for that. So any other that is left out says nothing; without an id it is not known to be a coupon at all.
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

/** A coupon of Flexprice: a promo code here if it has a code of its own, else a coupon. */
export interface FlexpriceRecord {
  promotion: ProviderPromoCode | ProviderCoupon;
  /** The code it has there, be it hidden; null without one. */
  code: string | null;
  /** Our marks in its metadata. */
  marks: Metadata;
  name: string | null;
  /** False where nobody has changed it since it was made: its name and marks are those that it was made with. */
  mayBeEdited: boolean;
}

export const searchAnswer = z.object({
  /** Null where there is none. */
  items: z.array(z.unknown()).nullable(),
  pagination: z.object({ total: z.int() }),
});

const errorBody = z.object({
  code: z.string().nullish().catch(undefined),
  message: z.string().nullish().catch(undefined),
  /** A text from the middleware; an object from servers before April 2026. */
  error: z
    .union([z.string(), z.object({ message: z.string() }).transform(({ message }) => message)])
    .nullish()
    .catch(undefined),
});

/** Refusals that only their text tells apart: all have the code validation_error. */
const REFUSALS: ReadonlyArray<readonly [text: RegExp, meaning: Pick<ErrorReading, 'reason' | 'fault'>]> = [
  [/^No published coupon with code/, { reason: 'NOT_FOUND' }],
  [/^Remove the existing coupon association/, { reason: 'CONFLICT' }],
  [/^Please provide a valid date range/, { fault: { field: 'expiresAt', message: 'must be after startsAt' } }],
  [/^Please provide a valid (discount|percentage)/, refusedField('discount')],
  [/^Please provide a valid maximum redemption count/, refusedField('maxRedemptions')],
  [/^Please (provide a valid number|specify how many) (of )?billing periods/, refusedField('duration')],
];

function refusedField(field: InputFault['field']): { fault: InputFault } {
  return { fault: { field, message: 'is refused by the provider' } };
}

/** What a new record says, with the code that it gets and the marks that prove whose it is. */
export function toRecordWire(
  { name, code, discount, duration, maxRedemptions, startsAt, expiresAt, metadata }: NewCoupon & { code: string },
  { intentId, kind }: { intentId: string; kind?: 'coupon' },
) {
  // The mark of the kind is for earlier versions of the gateway that share the account.
  const marks = { [INTENT_MARK]: intentId, ...(kind && { [KIND_MARK]: kind }) };
  return {
    name,
    coupon_code: code,
    ...toDiscountWire(discount),
    ...toDurationWire(duration),
    max_redemptions: maxRedemptions,
    redeem_after: whenSet(startsAt, toRfc3339),
    // Flexprice allows this very instant, we do not: nothing is redeemed there in that instant by way of the gateway.
    redeem_before: whenSet(expiresAt, toRfc3339),
    metadata: toMetadataWire(metadata ?? null, marks),
  };
}
export type RecordWire = ReturnType<typeof toRecordWire>;

/** All the metadata of a record: the client's and our marks. */
export function toMetadataWire(metadata: Metadata | null, marks: Metadata): Metadata {
  return { ...ownOf(metadata ?? {}), ...marks };
}

/** True for metadata that cannot be mistaken for our marks. */
export function isOwnMetadata(metadata: Metadata): boolean {
  return Object.keys(metadata).every((key) => !key.startsWith(MARK_PREFIX));
}

/**
 * A record is a coupon by its code alone: it has none, or a hidden one.
 * @throws ZodError or RangeError for a coupon that cannot be expressed here
 */
export function toRecord(body: unknown): FlexpriceRecord {
  const answer = couponAnswer.parse(body);
  const metadata = answer.metadata ?? {};
  const own = ownOf(metadata);
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
    // Nobody else can have made a hidden code of ours; of other codes the mark tells, while nobody has edited it.
    intentId: hidden?.[1]?.toLowerCase() ?? marks[INTENT_MARK] ?? null,
  };
  const record = { code, marks, name: answer.name ?? null, mayBeEdited: !isUntouched(answer) };
  if (code === null || hidden !== null) {
    return { ...record, promotion: { ...shared, kind: 'Coupon', name: answer.name } };
  }
  const conditions = { customerId: null, planId: null, firstTransactionOnly: false, minimumOrder: null };
  return { ...record, promotion: { ...shared, ...conditions, kind: 'PromoCode', code, coupon: null } };
}

/** Its two times are taken one after the other when it is made. */
function isUntouched({ created_at, updated_at }: CouponAnswer): boolean {
  return created_at !== undefined && updated_at !== undefined && Math.abs(updated_at - created_at) < 1000;
}

/**
 * Whether a record without our mark may still be what a creation has made, because somebody has edited its metadata: what
 * nobody can edit is what was asked for, and its name is, too, or may have been edited with the metadata.
 */
export function mayBeMadeBy(record: FlexpriceRecord, sent: Omit<RecordWire, 'metadata'>): boolean {
  const { promotion, name, mayBeEdited } = record;
  if (promotion.intentId !== null || (name !== sent.name && !mayBeEdited)) return false;
  const asked = toRecord({ ...sent, id: promotion.providerId, currency: sent.currency ?? '' });
  return (['discount', 'duration', 'maxRedemptions', 'startsAt', 'expiresAt'] as const).every((field) => {
    const [is, was] = [promotion[field], asked.promotion[field]];
    return is === undefined || isDeepStrictEqual(is ?? undefined, was);
  });
}

/** @throws RangeError for a record without a code of its own */
export function asPromoCode({ promotion }: FlexpriceRecord): ProviderPromoCode {
  if (promotion.kind === 'PromoCode') return promotion;
  throw new RangeError('a coupon where a promo code was to be');
}

/** @throws RangeError for a record with a code of its own */
export function asCoupon({ promotion }: FlexpriceRecord): ProviderCoupon {
  if (promotion.kind === 'Coupon') return promotion;
  throw new RangeError('a promo code where a coupon was to be');
}

function ownOf(metadata: Metadata): Metadata {
  return Object.fromEntries(Object.entries(metadata).filter(([key]) => !key.startsWith(MARK_PREFIX)));
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

export function readError(body: JsonObject): ErrorReading {
  const { code, message, error } = errorBody.parse(body);
  const words = message ?? error ?? undefined;
  const refusal = REFUSALS.find(([text]) => words !== undefined && text.test(words));
  // Its other 409 is a code that is taken.
  return { message: words, ...refusal?.[1], ...(code === 'version_conflict' && { reason: 'CONFLICT' as const }) };
}
